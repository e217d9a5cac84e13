/** One leader among processes, whatever happens to them, against a real API server. */
import { join } from 'node:path';
import { LEASES, type Lease } from '@holdfast/kube/leadership/lease.ts';
import { jest } from '@jest/globals';
import { eventually, Mark } from '../harness/eventually.ts';
import { repositoryPath, workDirectory } from '../harness/paths.ts';
import { Program } from '../harness/program.ts';
import { ApiServer } from './api-server.ts';
import { NAMESPACE } from './config-maps.ts';
import { HttpFront } from './http-front.ts';

jest.setTimeout(180_000);

let server: ApiServer;
let front: HttpFront;
const programs: Program[] = [];

beforeAll(async () => {
  server = await ApiServer.start();
});
beforeEach(async () => {
  front = await HttpFront.start(server.port);
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.signal('SIGCONT');
    await program.stop('SIGKILL');
  }
  await front.close();
  await server.client.delete(LEASES, { namespace: NAMESPACE, name: 'leader' }).catch(() => {});
});
afterAll(() => server.close());

function candidate(identity: string): Program {
  const program = new Program({
    name: identity,
    command: process.execPath,
    args: [repositoryPath('e2e/kube/fixtures/candidate.ts'), server.kubeConfigFile(front.url), identity],
    logFile: join(workDirectory('logs'), `kube-${identity}.log`),
  });
  programs.push(program);
  return program;
}

/** Moments at which the candidate's writes to the ConfigMap arrived. */
function writes(identity: string): number[] {
  return front.seen
    .filter(
      ({ method, url, userAgent }) =>
        method === 'PATCH' && url.includes('configmaps') && userAgent === identity,
    )
    .map(({ atMs }) => atMs);
}

const refusedThrice = ({ msg, code }: { msg?: string; code?: unknown }) =>
  msg === 'write refused 3 times' && code === 'NOT_LEADING';
const hasWritten = ({ msg }: { msg?: string }) => msg === 'first write';

async function holder(): Promise<string | undefined> {
  return (await server.client.get<Lease>(LEASES, { namespace: NAMESPACE, name: 'leader' })).spec
    ?.holderIdentity;
}

test('a leader that is stopped for 30 s and continued writes nothing more, and another has taken over', async () => {
  const first = candidate('first');
  await first.logged('of its first write', hasWritten);
  const second = candidate('second');
  await second.logged('of its start', ({ msg }) => msg === 'started');
  first.signal('SIGSTOP');
  const stopped = new Mark();
  await second.logged('of its first write', hasWritten, 25_000);
  const tookOverMs = stopped.elapsedMs();
  await stopped.reach(30_000);
  const before = writes('first').length;
  first.signal('SIGCONT');
  await first.logged('of its third refused write', refusedThrice);
  await first.logged('of the end of its term', ({ msg }) => msg === 'this replica does not lead any more');
  await first.logged('of the other holder', ({ holder }) => holder === 'second');
  expect(writes('first').length).toBe(before);
  expect(await holder()).toBe('second');
  expect(tookOverMs).toBeLessThanOrEqual(15_000 + 2 * 2_200 + 2_000);
  process.stdout.write(`figures: leader stopped: tookOver=${tookOverMs}ms\n`);
});

test('a leader that ends gives the lease back, and the next one need not wait for it to expire', async () => {
  const first = candidate('first');
  await first.logged('of its first write', hasWritten);
  const second = candidate('second');
  await second.logged('of the other holder', ({ holder }) => holder === 'first');
  const mark = new Mark();
  expect(await first.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  await second.logged('of its first write', hasWritten);
  expect(mark.elapsedMs()).toBeLessThanOrEqual(6_000);
});

test('a leader that cannot reach the server stops to write at the renew deadline, before another may begin', async () => {
  const first = candidate('first');
  await first.logged('of its first write', hasWritten);
  const cut = front.intervene({
    match: (_, url) => url.includes('leases'),
    act: (response) => response.destroy(),
  });
  const mark = new Mark();
  await first.logged('of the end of its term', ({ msg }) => msg === 'this replica does not lead any more');
  expect(mark.elapsedMs()).toBeGreaterThanOrEqual(7_000);
  expect(mark.elapsedMs()).toBeLessThanOrEqual(11_500);
  const before = writes('first').length;
  await first.logged('of its third refused write', refusedThrice);
  expect(writes('first').length).toBe(before);
  cut();
  await eventually(
    'it leads again',
    () => first.entries.filter(({ msg }) => msg === 'this replica leads').length === 2,
  );
});

test('of five that begin at once exactly one leads', async () => {
  const five = ['one', 'two', 'three', 'four', 'five'].map(candidate);
  await Promise.race(five.map((program) => program.logged('of its first write', hasWritten)));
  await eventually('all know the holder', () =>
    five.every(({ entries }) => entries.some(({ holder }) => holder !== undefined)),
  );
  expect(five.filter(({ entries }) => entries.some(({ msg }) => msg === 'this replica leads'))).toHaveLength(
    1,
  );
});
