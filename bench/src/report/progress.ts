/** Lines on the terminal while a run goes on; coloured only where somebody looks at them. */
import type { WriteStream } from 'node:tty';

const RESET = '\u001b[0m';
const BOLD = '\u001b[1m';
const DIM = '\u001b[2m';
const YELLOW = '\u001b[33m';

export class Progress {
  readonly #stream: Pick<WriteStream, 'write' | 'isTTY'>;
  readonly #startMs = performance.now();

  constructor(stream: Pick<WriteStream, 'write' | 'isTTY'>) {
    this.#stream = stream;
  }

  load(title: string): void {
    this.#line(title, BOLD);
  }

  step(text: string): void {
    this.#line(`  ${text}`, DIM);
  }

  warn(text: string): void {
    this.#line(`  ${text}`, YELLOW);
  }

  #line(text: string, colour: string): void {
    const seconds = Math.round((performance.now() - this.#startMs) / 1_000);
    const line = `${String(seconds).padStart(4)}s ${text}`;
    this.#stream.write(this.#stream.isTTY ? `${colour}${line}${RESET}\n` : `${line}\n`);
  }
}
