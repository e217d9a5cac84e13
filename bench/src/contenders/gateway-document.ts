/** The gateway configuration of our contenders: a route a service, all to the one upstream. */
import type { ConfigurationDocument, Route } from '@holdfast/protocol/configuration/types.ts';
import { servicePrefixes } from './paths.ts';

/** `edition` changes every route and no behaviour that the load meets. */
export function gatewayDocument(routes: number, upstreamPort: number, edition = 0): ConfigurationDocument {
  return {
    routes: servicePrefixes(routes).map((prefix) => serviceRoute(prefix, edition)),
    backends: [{ name: 'upstream', endpoints: [{ address: '127.0.0.1', port: upstreamPort }] }],
  };
}

export function serviceRoute(prefix: string, edition: number): Route {
  return {
    name: prefix.slice(1),
    matches: [{ path: { type: 'PathPrefix', value: prefix } }],
    backendRefs: [{ name: 'upstream' }],
    timeouts: { request: `${60 + edition}s` },
  };
}
