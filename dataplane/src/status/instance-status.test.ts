import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import { type InstanceState, statusDocument } from './instance-status.ts';

const REVISION = { lineage: 'a', sequence: 3, hash: 'sha256:00', origin: 'stream' as const };

/** All is well. */
const WELL: InstanceState = {
  instance: 'edge-1',
  dataPlane: 'default/edge',
  version: '1.0.0',
  listenersBound: true,
  draining: false,
  revision: REVISION,
  revisionKnown: true,
  controlPlane: { connected: true, endpoint: 'ws://127.0.0.1:1/v1/stream', since: '2026-11-22T10:00:00Z' },
  workersDesired: 2,
  workersServing: { withRevision: 2, withoutRevision: 0 },
  everServed: true,
  silentMs: 0,
};

const NONE = { withRevision: 0, withoutRevision: 0 };
const EMPTY = { revision: null, revisionKnown: false, everServed: false, workersServing: NONE };

test('the document of an instance where all is well', () => {
  expect(statusDocument(WELL)).toEqual({
    instance: 'edge-1',
    dataPlane: 'default/edge',
    version: '1.0.0',
    healthy: true,
    ready: true,
    reasons: [],
    draining: false,
    degraded: false,
    revision: REVISION,
    controlPlane: WELL.controlPlane,
    workers: { desired: 2, serving: 2 },
  });
});

type Expected = Partial<Pick<StatusDocument, 'ready' | 'healthy' | 'degraded'>> & { codes: string[] };

test.each<[string, Partial<InstanceState>, Expected]>([
  [
    'I1: an absent control plane changes neither readiness nor liveness',
    { controlPlane: { connected: false, endpoint: null, since: '2026-11-22T10:00:00Z' } },
    { ready: true, healthy: true, codes: [] },
  ],
  [
    'I2: an instance without any revision is live and not ready',
    EMPTY,
    { ready: false, healthy: true, codes: ['NoRevision'] },
  ],
  [
    'I2: a revision that no worker serves yet makes nothing ready',
    { ...EMPTY, revisionKnown: true },
    { ready: false, healthy: true, codes: ['Starting'] },
  ],
  [
    'I2: without bound listeners it is not ready',
    { listenersBound: false },
    { ready: false, codes: ['Starting'] },
  ],
  [
    'I2: a draining instance is live and not ready',
    { draining: true },
    { ready: false, healthy: true, codes: ['Draining'] },
  ],
  [
    'I2: one worker that serves is enough; the missing one is degraded, not unready',
    { workersServing: { withRevision: 1, withoutRevision: 0 } },
    { ready: true, healthy: true, degraded: true, codes: ['WorkersMissing'] },
  ],
  [
    'I2: a worker that accepts without a revision makes the instance unready',
    { workersServing: { withRevision: 1, withoutRevision: 1 } },
    { ready: false, codes: ['NoRevision', 'WorkersMissing'] },
  ],
  [
    'I2: when all workers are gone it is not ready, and live as long as it may replace them',
    { workersServing: NONE, silentMs: 29_999 },
    { ready: false, healthy: true, degraded: false, codes: ['NoWorkerServing'] },
  ],
  [
    'I2: it is not live after 30 s without a worker that answers its heartbeat',
    { workersServing: NONE, silentMs: 30_000 },
    { ready: false, healthy: false, codes: ['NoWorkerServing', 'WorkersSilent'] },
  ],
  [
    'I2: workers that answer and have no revision keep it live for ever',
    { ...EMPTY, silentMs: 1_000 },
    { healthy: true, codes: ['NoRevision'] },
  ],
])('%s', (_, change, { codes, ...expected }) => {
  const document = statusDocument({ ...WELL, ...change });
  expect(document).toMatchObject(expected);
  expect(document.reasons.map(({ code }) => code)).toEqual(codes);
});
