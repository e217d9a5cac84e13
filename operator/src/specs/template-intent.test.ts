import { dataPlane, type WrittenDataPlane } from '../fixtures/data-plane.ts';
import { templateIntent } from './template-intent.ts';

const WRITTEN: NonNullable<WrittenDataPlane['spec']> = {
  listeners: [{ name: 'http', port: 80 }],
  service: { type: 'NodePort' },
};

function intentOf(spec: NonNullable<WrittenDataPlane['spec']>) {
  return templateIntent(dataPlane({ spec: { ...WRITTEN, ...spec } }));
}

test.each<[string, NonNullable<WrittenDataPlane['spec']>]>([
  ['scaling', { replicas: 9 }],
  ['another type of Service', { service: { type: 'LoadBalancer', annotations: { a: 'b' } } }],
  ['a node port', { listeners: [{ name: 'http', port: 80, nodePort: 30080 }] }],
  ['another disruption budget', { availability: { disruptionBudget: { maxUnavailable: 2 } } }],
  ['another pace of rollouts', { availability: { rollingUpdate: { maxSurge: 1 } } }],
  ['a longer history of configuration', { configuration: { revisionHistoryLimit: 50 } }],
])('%s restarts no pods (I6)', (_title, spec) => {
  expect(intentOf(spec)).toEqual(intentOf({}));
});

test.each<[string, NonNullable<WrittenDataPlane['spec']>]>([
  ['another image', { image: 'example.com/own:1' }],
  ['other resources', { resources: { limits: { cpu: 2 } } }],
  ['another listener', { listeners: [{ name: 'http', port: 8080 }] }],
  ['another control plane', { controlPlane: { endpoints: ['wss://a.example'] } }],
  ['another drain', { availability: { drain: { delay: '20s' } } }],
  ['another spread', { availability: { topologySpread: { zone: 'DoNotSchedule' } } }],
  ['another time on a lost node', { availability: { nodeLossTolerationSeconds: 60 } }],
  ['other probes', { probes: { readiness: { periodSeconds: 5 } } }],
  ['another overlay', { podTemplate: { metadata: { labels: { a: 'b' } } } }],
  ['another pull secret', { imagePullSecrets: [{ name: 'registry' }] }],
])('%s does', (_title, spec) => {
  expect(intentOf(spec)).not.toEqual(intentOf({}));
});
