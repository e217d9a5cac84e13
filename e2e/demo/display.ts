/** The live line: rewritten in place on a terminal, a plain line every few seconds elsewhere. */
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import type { LoadSecond } from '../load/ledger.ts';
import type { Verdict } from './verdict.ts';

const PLAIN_EVERY = 5;
const CLEAR_LINE = '\r\u001b[2K';
const COLOURS = { good: '\u001b[32m', bad: '\u001b[31m', dim: '\u001b[2m' } as const;
const PLAIN = '\u001b[0m';

export class Display {
  readonly #output: NodeJS.WriteStream;
  readonly #live: boolean;
  #line = '';
  #shown = 0;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
    this.#live = output.isTTY === true;
  }

  /** A sentence that stays. */
  say(text: string): void {
    if (this.#live) this.#output.write(`${CLEAR_LINE}${text}\n${this.#line}`);
    else this.#output.write(`${text}\n`);
  }

  /** `verdict` is that of the run up to now. */
  show(second: LoadSecond, verdict: Verdict, statuses: (StatusDocument | undefined)[]): void {
    this.#line = this.#figures(second, verdict, statuses);
    if (this.#live) this.#output.write(`${CLEAR_LINE}${this.#line}`);
    else if (this.#shown % PLAIN_EVERY === 0) this.#output.write(`${this.#line}\n`);
    this.#shown += 1;
  }

  /** Leaves the last line standing. */
  end(): void {
    if (this.#live && this.#line !== '') this.#output.write('\n');
    this.#line = '';
  }

  #figures(
    { sent, rate, latency }: LoadSecond,
    { lost, killed }: Verdict,
    statuses: (StatusDocument | undefined)[],
  ): string {
    const all = statuses.length;
    const ready = statuses.filter((status) => status?.ready).length;
    const connected = statuses.filter((status) => status?.controlPlane.connected).length;
    const revisions = new Set(statuses.flatMap((status) => status?.revision?.sequence ?? []));
    return [
      `requests ${sent}`,
      `${rate}/s`,
      this.#coloured(`lost ${lost}`, lost === 0) + (killed.length === 0 ? '' : ` (+${killed.length} killed)`),
      `p99 ${latency.p99} ms`,
      this.#coloured(`ready ${ready}/${all}`, ready === all),
      this.#coloured(`control plane ${connected}/${all}`, connected === all),
      this.#coloured(
        `revision ${[...revisions].sort((a, b) => a - b).join(' and ') || 'none'}`,
        revisions.size === 1,
      ),
    ].join(this.#live ? `${COLOURS.dim}  |  ${PLAIN}` : '  |  ');
  }

  #coloured(text: string, good: boolean): string {
    return this.#live ? `${good ? COLOURS.good : COLOURS.bad}${text}${PLAIN}` : text;
  }
}
