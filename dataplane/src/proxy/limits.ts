/** Every bound and every wait of the request path. */

export interface EngineLimits {
  /** Bytes of a message head or its trailers, requests and responses alike; more: 431 or 502. */
  maxHeadBytes: number;
  /** Fields of a request head; more: 431. */
  maxHeadFields: number;
  /** Fields of a response head; more: 502. */
  maxResponseFields: number;
  /** Bytes of a request target; more: 414. RFC 9112 3 wants 8000 to be taken at least. */
  maxTargetBytes: number;
  /** Connections of clients in one worker; more are answered 503 and closed. */
  maxConnections: number;
  /** Milliseconds for a request head, from its first byte, or from the accept for the first one; longer: 408. */
  headTimeoutMs: number;
  /** Milliseconds a client's connection may be idle between requests. Longer than a load balancer keeps it in front. */
  clientIdleMs: number;
  /** Milliseconds without a byte of a request body that is not complete. */
  requestBodyIdleMs: number;
  /** What a request body makes at least once it has used up `requestBodyIdleMs`; slower: 408. */
  minBodyBytesPerSecond: number;
  /** Bytes of further requests that are read while one is answered; more wait in the client's own system. */
  maxReadAheadBytes: number;
  /** Bytes taken from one connection before the others have their turn. */
  turnBytes: number;
  /** Milliseconds without a byte of a response body that is not complete, in either direction. */
  responseBodyIdleMs: number;
  /** Milliseconds in which the rest of a request body is read and dropped after an answer that did not wait for it. */
  lingerMs: number;
  /** Milliseconds for a connection to an endpoint. */
  connectTimeoutMs: number;
  /** Milliseconds after which a request that could not be connected is not tried on yet another endpoint. */
  connectBudgetMs: number;
  /** Requests in flight to one endpoint from one worker; the pool never queues. */
  maxRequestsPerTarget: number;
  /** Idle connections kept to one endpoint. */
  maxIdlePerTarget: number;
  /** Milliseconds an idle connection to an endpoint is kept; a shorter `Keep-Alive: timeout` of the endpoint wins. */
  upstreamIdleMs: number;
  /** Milliseconds of idleness after which a connection carries only requests that are safe to repeat. */
  upstreamFreshMs: number;
  /** Interim responses (1xx) passed on for one request; further ones are dropped. */
  maxInterimResponses: number;
}

export const DEFAULT_LIMITS: Readonly<EngineLimits> = {
  maxHeadBytes: 32 * 1024,
  maxHeadFields: 128,
  maxResponseFields: 256,
  maxTargetBytes: 8_192,
  maxConnections: 16_384,
  headTimeoutMs: 15_000,
  clientIdleMs: 75_000,
  requestBodyIdleMs: 60_000,
  minBodyBytesPerSecond: 240,
  maxReadAheadBytes: 64 * 1024,
  turnBytes: 256 * 1024,
  responseBodyIdleMs: 300_000,
  lingerMs: 5_000,
  connectTimeoutMs: 3_000,
  connectBudgetMs: 10_000,
  maxRequestsPerTarget: 1_024,
  maxIdlePerTarget: 256,
  upstreamIdleMs: 4_000,
  upstreamFreshMs: 1_000,
  maxInterimResponses: 8,
};
