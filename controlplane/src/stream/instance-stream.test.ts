import { writeFileSync } from 'node:fs';
import { eventually } from '../fixtures/eventually.ts';
import { LightInstance } from '../fixtures/light-instance.ts';
import { RunningControlPlane, type StartOptions } from '../fixtures/running-control-plane.ts';
import { documentOf, Workspace } from '../fixtures/workspace.ts';

let workspace: Workspace;
let controlPlane: RunningControlPlane | undefined;

beforeEach(() => {
  workspace = new Workspace();
});

afterEach(async () => {
  await controlPlane?.close();
  controlPlane = undefined;
  workspace.remove();
});

async function start(options: StartOptions): Promise<{ file: string; controlPlane: RunningControlPlane }> {
  const file = workspace.write('edge.yaml', documentOf('a'));
  controlPlane = await RunningControlPlane.start(file, options);
  return { file, controlPlane };
}

async function closes(controlPlane: RunningControlPlane, reason: string): Promise<number> {
  const metrics = await (await controlPlane.get('/metrics')).text();
  const line = new RegExp(`^holdfast_controlplane_stream_closes_total{reason="${reason}"} (\\d+)$`, 'm');
  return Number(line.exec(metrics)?.[1] ?? 0);
}

function closing(instance: LightInstance) {
  return eventually('the stream to be closed', () => instance.closed);
}

/** As a process that computes for long: no timer and no socket is served. */
function blockEventLoop(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('a peer that is gone without a word is cut, one that only answers pings stays', async () => {
  const { controlPlane } = await start({ timing: { pingMs: 50 } });
  const alive = await controlPlane.join({ instance: 'alive' });
  await alive.takeAndAck('snapshot');
  const gone = await controlPlane.join({ instance: 'gone' });
  await gone.takeAndAck('snapshot');
  // It neither reads nor answers, as behind a cable that was pulled.
  gone.socket.pause();
  const entry = async () => (await controlPlane.instances()).find(({ instance }) => instance === 'gone');
  await eventually('the loss to show', async () => (await entry())?.state === 'LostContact');
  expect(await closes(controlPlane, 'Silent')).toBe(1);
  expect(alive.closed).toBeUndefined();
});

test('a control plane that stood still itself holds nobody for silent', async () => {
  const { file, controlPlane } = await start({ timing: { pingMs: 50 } });
  const instance = await controlPlane.join();
  await instance.takeAndAck('snapshot');
  await eventually(
    'the answer to arrive',
    async () => (await controlPlane.instances())[0]?.state === 'Synced',
  );
  blockEventLoop(1_000);
  writeFileSync(file, documentOf('b'));
  await instance.takeAndAck('snapshot');
  expect(instance.closed).toBeUndefined();
});

test('who does not answer a revision is closed, and is shown it again when it is back', async () => {
  const { controlPlane } = await start({ timing: { answerMs: 200 } });
  const instance = await controlPlane.join();
  await instance.take('snapshot');
  expect(await closing(instance)).toEqual({ code: 1008, reason: 'AnswerMissing' });
  await (await controlPlane.join()).takeAndAck('snapshot');
});

test('the time for an answer ends with the answer, also with a refusal', async () => {
  const { controlPlane } = await start({ timing: { answerMs: 200 } });
  const acknowledging = await controlPlane.join({ instance: 'acknowledging' });
  await acknowledging.takeAndAck('snapshot');
  const refusing = await controlPlane.join({ instance: 'refusing' });
  const { revision } = await refusing.take('snapshot');
  refusing.send({ type: 'nack', revision, reasons: [{ code: 'CompileFailed', message: 'no' }] });
  const mute = await controlPlane.join({ instance: 'mute' });
  await closing(mute);
  expect([acknowledging.closed, refusing.closed]).toEqual([undefined, undefined]);
});

test('I7: a stream ends when its token is taken out of the file, another one of the DataPlane stays', async () => {
  const tokenFile = workspace.write('tokens', 'default/edge first\ndefault/edge second\n');
  const { controlPlane } = await start({ tokenFile, timing: { pingMs: 50, tokenPollMs: 50 } });
  const revoked = await controlPlane.join({ instance: 'revoked' }, 'first');
  const valid = await controlPlane.join({ instance: 'valid' }, 'second');
  await Promise.all([revoked.takeAndAck('snapshot'), valid.takeAndAck('snapshot')]);
  writeFileSync(tokenFile, 'default/edge second\n');
  expect(await closing(revoked)).toEqual({ code: 1008, reason: 'TokenRevoked' });
  expect(valid.closed).toBeUndefined();
  await expect(LightInstance.connect(controlPlane.stream, 'first')).rejects.toThrow('401');
});

test('I7: what is published after a token was taken back is not sent to who has it', async () => {
  const tokenFile = workspace.write('tokens', 'default/edge first\n');
  const { file, controlPlane } = await start({ tokenFile, timing: { pingMs: 60_000, tokenPollMs: 50 } });
  const instance = await controlPlane.join({}, 'first');
  await instance.takeAndAck('snapshot');
  writeFileSync(tokenFile, 'default/edge second\n');
  await eventually('the new token to be known', () =>
    LightInstance.connect(controlPlane.stream, 'second').catch(() => undefined),
  );
  writeFileSync(file, documentOf('b'));
  expect(await closing(instance)).toEqual({ code: 1008, reason: 'TokenRevoked' });
  expect(instance.received).toEqual([]);
});

test('who reads slowly is sent the newest when it has read, never what came between', async () => {
  const { file, controlPlane } = await start({ timing: { pingMs: 100 } });
  const slow = await controlPlane.join();
  await slow.takeAndAck('snapshot');
  slow.socket.pause();
  // It is there all the same: an instance sends pings of its own.
  const pings = setInterval(() => slow.socket.ping(), 50);
  try {
    for (const [index, name] of ['b', 'c', 'd'].entries()) {
      writeFileSync(file, documentOf(name));
      await eventually(
        'the revision to be active',
        async () => (await controlPlane.activeSequence()) === index + 2,
      );
    }
  } finally {
    clearInterval(pings);
  }
  slow.socket.resume();
  expect((await slow.takeAndAck('snapshot')).sequence).toBe(2);
  expect((await slow.takeAndAck('snapshot')).sequence).toBe(4);
  expect(slow.received).toEqual([]);
});
