/** The gateway configuration of our contenders, in editions: a route a service, all to the one upstream. */
import type { ConfigurationFile } from '@holdfast/e2e/harness/configuration-file.ts';
import type { Backend, Route } from '@holdfast/protocol/configuration/types.ts';
import { serviceNames } from './paths.ts';

export class GatewayDocument {
  readonly #file: ConfigurationFile;
  readonly #backend: Backend;
  #routes: Route[];

  constructor(file: ConfigurationFile, routes: number, upstreamPort: number) {
    this.#file = file;
    this.#backend = { name: 'upstream', endpoints: [{ address: '127.0.0.1', port: upstreamPort }] };
    this.#routes = serviceNames(routes).map((name) => serviceRoute(name, 0));
    this.#write();
  }

  changeOne(edition: number): void {
    const index = edition % this.#routes.length;
    this.#routes = this.#routes.with(index, serviceRoute(this.#routes[index]!.name, edition));
    this.#write();
  }

  changeAll(edition: number): void {
    this.#routes = this.#routes.map(({ name }) => serviceRoute(name, edition));
    this.#write();
  }

  #write(): void {
    this.#file.write({ routes: this.#routes, backends: [this.#backend] });
  }
}

/** Editions differ in nothing that the load meets. */
function serviceRoute(name: string, edition: number): Route {
  return {
    name,
    matches: [{ path: { type: 'PathPrefix', value: `/${name}` } }],
    backendRefs: [{ name: 'upstream' }],
    timeouts: { request: `${60 + edition}s` },
  };
}
