import { describeFigures, type Figures, judgeErrors } from './gates.ts';

const GATES = {
  absolutePercent: 5,
  relativePercent: 200,
  minRequests: 50,
  littleTraffic: 'Proceed' as const,
};

function figures(requests: number, failed: number): Figures {
  return { requests, failed, crashes: 0 };
}

test.each<[string, Figures, Figures, string]>([
  ['more points than tolerated, and more than twice the rest', figures(100, 6), figures(100, 0), 'bad'],
  ['just the points that are tolerated', figures(100, 5), figures(100, 0), 'good'],
  ['many points more, and not twice the rest', figures(100, 60), figures(100, 31), 'good'],
  ['many points more, and more than twice the rest', figures(100, 63), figures(100, 31), 'bad'],
  ['many times the rest, and few points', figures(100, 4), figures(1_000, 1), 'good'],
  ['nothing to compare with', figures(100, 50), figures(0, 0), 'bad'],
  ['too few requests, all failed', figures(49, 49), figures(100, 0), 'little'],
  ['just enough requests', figures(50, 50), figures(100, 0), 'bad'],
])('%s', (_title, trial, rest, verdict) => {
  expect(judgeErrors(trial, rest, GATES)).toBe(verdict);
});

test('the figures say what each share is a share of', () => {
  expect(describeFigures(figures(160, 100), figures(0, 0), 6_400)).toBe(
    '62.5% of 160 requests answered 5xx with it, 0.0% of 0 requests answered 5xx without, within 6 s',
  );
});
