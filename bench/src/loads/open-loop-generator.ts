/** The open-loop generator of `generator/`, built and run. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryPath } from '@holdfast/e2e/harness/paths.ts';
import type { RunningContender } from '../contenders/contender.ts';
import { outputOf } from '../processes/output.ts';

export interface OpenLoopPlan {
  /** Requests a second. */
  rate: number;
  seconds: number;
  /** Size of the body that each answer must have. */
  bodyBytes: number;
}

export interface OpenLoopReport {
  requests: number;
  /** Ended by the contender before the answer was complete. */
  failed: number;
  /** Opened in all: more than those of the start where answers came late. */
  connections: number;
  /** From the moment when a request was due. */
  p50Us: number;
  p99Us: number;
  p999Us: number;
  maxUs: number;
  /** Of the generator, a part of the latencies. */
  lateP99Us: number;
}

const BUILD_TIMEOUT_MS = 120_000;
const WARM_UP_SECONDS = 1;
const SLACK_MS = 30_000;

export class OpenLoopGenerator {
  readonly #program: string;

  static async build(directory: string): Promise<OpenLoopGenerator> {
    const sources = repositoryPath('bench/generator');
    const files = readdirSync(sources).filter((name) => name.endsWith('.go'));
    const program = join(directory, 'open-loop');
    const paths = files.map((name) => join(sources, name));
    await outputOf('go', ['build', '-o', program, ...paths], BUILD_TIMEOUT_MS);
    return new OpenLoopGenerator(program);
  }

  private constructor(program: string) {
    this.#program = program;
  }

  /** Rejects when an answer was not as it must be; requests that were cut off are counted. */
  async run(
    { port, services }: Pick<RunningContender, 'port' | 'services'>,
    { rate, seconds, bodyBytes }: OpenLoopPlan,
  ): Promise<OpenLoopReport> {
    const options = { port, rate, seconds, services, 'body-bytes': bodyBytes, 'warm-up': WARM_UP_SECONDS };
    const args = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)]);
    const output = await outputOf(this.#program, args, (seconds + WARM_UP_SECONDS) * 2_000 + SLACK_MS);
    return JSON.parse(output) as OpenLoopReport;
  }
}
