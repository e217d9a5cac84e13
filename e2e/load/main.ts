/** Entry of a load process: obeys its parent over IPC, or runs from the command line for a number of seconds. */
import { parseArgs } from 'node:util';
import { Generator } from './generator.ts';
import type { LoadReport, LoadSecond } from './ledger.ts';
import type { FromLoad, ToLoad } from './messages.ts';
import { loadPlan } from './plan.ts';

const USAGE = `usage: node e2e/load/main.ts --target http://HOST:PORT [--rate 200] [--seconds 30] [--path /] [--host NAME]
         [--kept N] [--post-every 10] [--slow-every 50] [--slow-ms 3000] [--timeout-ms 10000]
Prints a line a second and the report as JSON; exit 1 when a request failed.`;

function obeyParent(): void {
  const tell = (message: FromLoad) => process.send?.(message);
  let generator: Generator | undefined;
  process.on('disconnect', () => process.exit(1));
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group; the parent decides when the load ends.
  process.on('message', async (message: ToLoad) => {
    if (message.type === 'start') {
      generator = new Generator(message.plan, (second) => tell({ type: 'second', second }));
      tell({ type: 'started' });
    } else if (generator !== undefined) {
      const report: FromLoad = { type: 'report', report: await generator.stop() };
      // Disconnected at once, what the channel has not taken yet of a long report would be lost.
      process.send?.(report, () => process.disconnect?.());
    }
  });
  tell({ type: 'prepared' });
}

async function runFromCommandLine(): Promise<number> {
  const { values } = parseArgs({
    options: {
      target: { type: 'string' },
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '30' },
      path: { type: 'string', default: '/' },
      host: { type: 'string' },
      kept: { type: 'string' },
      'post-every': { type: 'string', default: '10' },
      'slow-every': { type: 'string', default: '50' },
      'slow-ms': { type: 'string', default: '3000' },
      'timeout-ms': { type: 'string', default: '10000' },
    },
  });
  if (values.target === undefined) throw new RangeError('--target is required');
  const plan = loadPlan({
    target: values.target,
    path: values.path,
    rate: Number(values.rate),
    postEvery: Number(values['post-every']),
    slowEvery: Number(values['slow-every']),
    slowMs: Number(values['slow-ms']),
    timeoutMs: Number(values['timeout-ms']),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.kept === undefined ? {} : { keptConnections: Number(values.kept) }),
  });
  const generator = new Generator(plan, (second) => process.stdout.write(`${secondLine(second)}\n`));
  await untilTimeOrInterrupt(Number(values.seconds));
  const report: LoadReport = await generator.stop();
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  return report.failed === 0 ? 0 : 1;
}

function untilTimeOrInterrupt(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1_000);
    process.once('SIGINT', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function secondLine({ sent, ok, failed, inFlight, rate, latency }: LoadSecond): string {
  return `sent ${sent} ok ${ok} failed ${failed} in flight ${inFlight} rate ${rate}/s p50 ${latency.p50} ms p99 ${latency.p99} ms`;
}

if (process.send === undefined) {
  try {
    process.exitCode = await runFromCommandLine();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    process.exitCode = 2;
  }
} else {
  obeyParent();
}
