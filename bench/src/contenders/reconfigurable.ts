/** A contender whose configuration can be changed while it serves. */
import { type Parts, RunningContender } from './contender.ts';

export interface Editions {
  /** Changes one route; the editions count up. */
  changeOne(edition: number): void;
  /** Changes every route. */
  changeAll(edition: number): void;
  /** Number of the configuration that serves now; undefined where the contender does not tell. */
  taken(): Promise<number | undefined>;
}

export class ReconfigurableContender extends RunningContender {
  readonly configuration: Editions;

  constructor(parts: Parts & { configuration: Editions }) {
    super(parts);
    this.configuration = parts.configuration;
  }
}
