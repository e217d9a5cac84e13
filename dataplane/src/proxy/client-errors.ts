/** Every answer that the gateway itself gives in place of a backend's: the values of the header `Holdfast-Reason`. */

export interface ClientError {
  status: number;
  description: string;
  /** The same request may go well a moment later: the answer carries `Retry-After`. */
  retryable?: true;
}

export const CLIENT_ERRORS = {
  MalformedRequest: { status: 400, description: 'the request is not well-formed HTTP/1.1' },
  InvalidHost: { status: 400, description: 'the Host header is missing, repeated or not a host and port' },
  InvalidTarget: {
    status: 400,
    description: 'the request target is neither an absolute path nor an http URL',
  },
  InvalidPath: {
    status: 400,
    description: 'the path can be read in more than one way, or is not well-formed',
  },
  RouteNotFound: { status: 404, description: 'no route matches the request' },
  RequestHeaderTimeout: { status: 408, description: 'the request head did not arrive in time' },
  RequestBodyTimeout: { status: 408, description: 'the request body stopped arriving' },
  TargetTooLong: { status: 414, description: 'the request target is longer than the gateway takes' },
  ExpectationFailed: { status: 417, description: 'only the expectation 100-continue can be met' },
  HeaderTooLarge: { status: 431, description: 'the request head is too large or has too many fields' },
  ClientClosed: {
    status: 499,
    description: 'the client went away before the answer; only in logs and metrics',
  },
  InternalError: { status: 500, description: 'the gateway failed on this request; its log says why' },
  NoBackend: { status: 500, description: 'the route has no backend to send to' },
  MethodNotSupported: { status: 501, description: 'CONNECT and TRACE are not forwarded' },
  CodingNotSupported: { status: 501, description: 'the only transfer coding that is forwarded is chunked' },
  UpstreamReset: { status: 502, description: 'the backend closed the connection before its response began' },
  UpstreamProtocolError: {
    status: 502,
    description: 'the backend sent something that is not well-formed HTTP',
  },
  NoRevision: { status: 503, description: 'no configuration serves yet', retryable: true },
  NoEndpoint: { status: 503, description: 'the backend has no endpoints', retryable: true },
  ConnectFailed: {
    status: 503,
    description: 'no endpoint of the backend could be connected to',
    retryable: true,
  },
  TooManyConnections: {
    status: 503,
    description: 'the instance has as many connections as it takes; this one is closed',
    retryable: true,
  },
  UpstreamOverloaded: {
    status: 503,
    description: 'every endpoint of the backend has as many requests as it may have',
    retryable: true,
  },
  RequestTimeout: {
    status: 504,
    description: "the response was not complete within the route's request timeout",
  },
  BackendRequestTimeout: {
    status: 504,
    description: "the backend did not begin its response within the route's backendRequest timeout",
  },
  UpstreamAborted: {
    status: 502,
    description:
      'the backend broke off its response, and so did the gateway; only in logs once a response began',
  },
  Stopped: {
    status: 503,
    description: 'the instance ended before the response was complete',
    retryable: true,
  },
  VersionNotSupported: { status: 505, description: 'the request is neither HTTP/1.1 nor HTTP/1.0' },
  LoopDetected: { status: 508, description: 'the request has already been through this instance' },
} as const satisfies Record<string, ClientError>;

export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

export function clientError(code: ClientErrorCode): ClientError {
  return CLIENT_ERRORS[code];
}
