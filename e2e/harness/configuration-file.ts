/** The gateway configuration of a test: a file that a control plane watches, changed as careful people change files. */
import { renameSync, writeFileSync } from 'node:fs';
import type { Backend, ConfigurationDocument, Route } from '@holdfast/protocol/configuration/types.ts';
import { MARKER_HEADER } from './marker.ts';

export class ConfigurationFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Atomically: the reader sees the old document or the new one. JSON is YAML. */
  write(document: ConfigurationDocument): void {
    writeFileSync(`${this.path}.next`, `${JSON.stringify(document, undefined, 1)}\n`);
    renameSync(`${this.path}.next`, this.path);
  }

  /** As it is, in place, like an editor or a copy that is still under way. */
  writeText(text: string): void {
    writeFileSync(this.path, text);
  }
}

/** One route for everything, to the backends on these ports, whose answers carry the marker. */
export function markedDocument(marker: string, backendPorts: number[]): ConfigurationDocument {
  return { routes: [markedRoute('everything', marker)], backends: [echoBackend(backendPorts)] };
}

export function markedRoute(name: string, marker: string): Route {
  return {
    name,
    filters: [
      {
        type: 'ResponseHeaderModifier',
        responseHeaderModifier: { set: [{ name: MARKER_HEADER, value: marker }] },
      },
    ],
    backendRefs: [{ name: 'echo' }],
  };
}

export function echoBackend(ports: number[]): Backend {
  return { name: 'echo', endpoints: ports.map((port) => ({ address: '127.0.0.1', port })) };
}
