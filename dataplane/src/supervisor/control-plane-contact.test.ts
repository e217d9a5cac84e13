import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import type { Report } from '@holdfast/protocol/stream/messages.ts';
import { ControlPlaneContact } from './control-plane-contact.ts';

const STATUS = { ready: true, degraded: false, draining: false, workers: { desired: 2, serving: 2 } };
const CONNECTED = { connected: true, endpoint: 'ws://127.0.0.1:1/v1/stream', since: '2026-11-22T10:00:00Z' };

let status: StatusDocument;
let sent: Report[];
let contact: ControlPlaneContact;

beforeEach(() => {
  status = { ...STATUS } as StatusDocument;
  sent = [];
  contact = new ControlPlaneContact({
    status: () => status,
    takeFigures: () => ({ requests: { total: 1, failed: 0 } }),
    send: (report) => sent.push(report),
  });
});

test('a report goes with each connect, and then only when readiness is another', () => {
  contact.reportIfChanged();
  expect(sent).toEqual([]);
  contact.take(CONNECTED);
  expect(sent).toEqual([{ type: 'report', ...STATUS, requests: { total: 1, failed: 0 } }]);
  contact.reportIfChanged();
  expect(sent).toHaveLength(1);
  status = { ...status, ready: false };
  contact.reportIfChanged();
  expect(sent[1]).toMatchObject({ ready: false });
});

test('with the agent the stream is lost, and nothing is counted into a report that can not be sent', () => {
  contact.take(CONNECTED);
  contact.lose();
  expect(contact.state).toMatchObject({ connected: false, endpoint: CONNECTED.endpoint });
  expect(contact.state.since).not.toBe(CONNECTED.since);
  status = { ...status, ready: false };
  contact.reportIfChanged();
  expect(sent).toHaveLength(1);
});
