import { METRICS } from './metrics.ts';
import { type Figures, OperatorMetrics } from './operator-metrics.ts';

const COUNTS = { lists: 1, watches: 2, events: 0, handlerFailures: 0, failures: { Expired: 3 } };
const FIGURES: Figures = {
  queueLength: 4,
  dataPlanes: 5,
  isSynced: true,
  isLeading: false,
  election: { termsBegun: 1, termsLost: 1, failures: 0 },
  events: { written: 6, dropped: 0, failed: 0 },
  watches: { pods: [COUNTS, COUNTS] },
};

test('every metric of the table is there, and what is counted elsewhere is shown as it is, scrape after scrape', async () => {
  const metrics = new OperatorMetrics('0.1.0');
  metrics.reconciled('done', 12);
  metrics.count('holdfast_operator_child_writes_total', { kind: 'Service', outcome: 'created' });
  await metrics.scrape(FIGURES);
  const text = await metrics.scrape(FIGURES);
  for (const name of Object.keys(METRICS)) expect(text).toContain(`# TYPE ${name} `);
  expect(text).toContain('holdfast_operator_reconciles_total{outcome="done"} 1');
  expect(text).toContain('holdfast_operator_watches_total{resource="pods"} 4');
  expect(text).toContain('holdfast_operator_watch_failures_total{resource="pods",reason="Expired"} 6');
  expect(text).toContain('holdfast_operator_events_total{result="written"} 6');
  expect(text).toContain('holdfast_operator_leading 0');
});
