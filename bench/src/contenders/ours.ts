/** The ways in which ours is measured. */
import { holdfast } from './holdfast.ts';

const FEATURES = 'request id, forwarding headers, histogram, JSON log';

export const OURS = holdfast({
  name: 'ours',
  title: `ours, documented API, 1,000 routes, ${FEATURES}`,
  routes: 1_000,
});

export const OURS_TEN_ROUTES = holdfast({
  name: 'ours, 10 routes',
  title: `ours with 10 routes, ${FEATURES}`,
  routes: 10,
});

export const OURS_MANY_ROUTES = holdfast({
  name: 'ours, 10,000 routes',
  title: `ours with 10,000 routes, ${FEATURES}`,
  routes: 10_000,
});
