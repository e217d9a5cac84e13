/** A test on a stage of its own: closed whatever happens, programs' last words shown on failure, figures printed at the end. */
import { Stage } from './stage.ts';

/** Prints what was measured as one line. */
export type Figures = (figures: Record<string, string | number | boolean>) => void;

type Body = (stage: Stage, figures: Figures) => Promise<void>;

const DEFAULT_TIMEOUT_MS = 60_000;

/** Runs after those before it in the file have ended. */
export function scenario(title: string, body: Body, timeoutMs = DEFAULT_TIMEOUT_MS): void {
  test(title, () => play(title, body), timeoutMs);
}

/** Runs side by side with the other concurrent ones of its file. */
export function concurrentScenario(title: string, body: Body, timeoutMs = DEFAULT_TIMEOUT_MS): void {
  test.concurrent(title, () => play(title, body), timeoutMs);
}

async function play(title: string, body: Body): Promise<void> {
  const stage = new Stage(title);
  try {
    await body(stage, (figures) => print(title, figures));
  } catch (error) {
    if (error instanceof Error) error.message += `\n\nWhat the programs said last:\n${stage.tails()}\n`;
    throw error;
  } finally {
    await stage.close();
  }
}

function print(title: string, figures: Record<string, string | number | boolean>): void {
  const pairs = Object.entries(figures).map(([name, value]) => `${name}=${value}`);
  process.stdout.write(`figures: ${title}: ${pairs.join(' ')}\n`);
}
