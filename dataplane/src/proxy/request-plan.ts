/** What is to be done with a request, decided from its head and one gateway; nothing is sent yet. */
import type { CompiledRoute, RequestHead } from '../routing/compiled-route.ts';
import type { Gateway } from '../routing/gateway.ts';
import { editPath, redirectLocation } from '../routing/request-rewrite.ts';
import type { Backend } from '../upstreams/backend.ts';
import type { ClientErrorCode } from './client-errors.ts';
import type { Via } from './via.ts';

export interface PlannedHead extends RequestHead {
  /** Host and port as the client named them; empty where an HTTP/1.0 client named none. */
  readonly authority: string;
  /** As received; empty where there was none. */
  readonly via: string;
}

export interface Forwarding {
  kind: 'forward';
  route: CompiledRoute;
  backend: Backend;
  /** With query. */
  path: string;
  /** For the backend's Host; undefined where neither the client nor the route names one. */
  host: string | undefined;
}

export type RequestPlan =
  | Forwarding
  | { kind: 'redirect'; route: CompiledRoute; status: number; location: string }
  /** `route` is undefined where none was known yet. */
  | { kind: 'refuse'; code: ClientErrorCode; route: CompiledRoute | undefined };

export interface PlanningContext {
  gateway: Gateway | undefined;
  /** Of the listener, as clients reach it. */
  listenerPort: number;
  via: Via;
}

export function planRequest(head: PlannedHead, context: PlanningContext): RequestPlan {
  if (context.gateway === undefined) return refuse('NoRevision');
  if (head.via !== '' && context.via.isLoop(head.via)) return refuse('LoopDetected');
  const matched = context.gateway.routes.match(head);
  if (matched === undefined) return refuse('RouteNotFound');
  const { route, prefix } = matched;
  if (route.redirect !== undefined) {
    if (head.hostname === '' && route.redirect.hostname === undefined) return refuse('InvalidHost', route);
    const { hostname, path, query } = head;
    const request = { hostname, path, query, scheme: 'http' as const, listenerPort: context.listenerPort };
    const location = redirectLocation(route.redirect, request, prefix);
    return { kind: 'redirect', route, status: route.redirect.statusCode, location };
  }
  const backend = route.pickBackend();
  if (backend === undefined) return refuse('NoBackend', route);
  const path = editPath(head.path, route.rewrite?.path, prefix);
  const host = route.rewrite?.hostname ?? head.authority;
  return {
    kind: 'forward',
    route,
    backend,
    path: head.query === '' ? path : `${path}?${head.query}`,
    host: host === '' ? undefined : host,
  };
}

function refuse(code: ClientErrorCode, route?: CompiledRoute): RequestPlan {
  return { kind: 'refuse', code, route };
}
