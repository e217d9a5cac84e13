/** Everything that one load has started; closed as a whole. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, RunningContender } from '../contenders/contender.ts';
import { FIRST_PATH } from '../contenders/paths.ts';
import type { Cores } from '../machine/cores.ts';
import type { Progress } from '../report/progress.ts';
import { Upstream } from '../upstream/upstream.ts';

/** The same for every load of a run. */
export interface Bench {
  cores: Cores;
  /** Each load has a folder in it. */
  directory: string;
  quick: boolean;
  progress: Progress;
}

export class Stage {
  readonly bench: Bench;
  readonly directory: string;
  readonly #owned: { close(): Promise<void> }[] = [];

  /** What an earlier run left in its folder is removed. */
  constructor(bench: Bench, load: string) {
    this.bench = bench;
    this.directory = join(bench.directory, load);
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(this.directory, { recursive: true });
  }

  own<Thing extends { close(): Promise<void> }>(thing: Thing): Thing {
    this.#owned.push(thing);
    return thing;
  }

  async upstream(bytes: number): Promise<Upstream> {
    return this.own(await Upstream.start(this.directory, this.bench.cores.load, bytes));
  }

  /** Resolves when it forwards. `env` reaches only those contenders that run on Node.js. */
  async start<Running extends RunningContender>(
    contender: Contender<Running>,
    upstream: { port: number },
    env: Record<string, string> = {},
  ): Promise<Running> {
    const directory = join(this.directory, contender.name.replaceAll(/[^A-Za-z0-9]+/g, '-'));
    mkdirSync(directory, { recursive: true });
    const core = this.bench.cores.proxy;
    const place = { directory, core, upstreamPort: upstream.port, env };
    const running = await contender.start(place);
    this.own({ close: () => running.stop() });
    await running.ready(FIRST_PATH);
    return running;
  }

  async close(): Promise<void> {
    for (const thing of this.#owned.reverse()) await thing.close();
  }
}

/** Runs `body` on a stage that is closed whatever happens. */
export async function onStage<Result>(
  bench: Bench,
  load: string,
  body: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const stage = new Stage(bench, load);
  try {
    return await body(stage);
  } finally {
    await stage.close();
  }
}
