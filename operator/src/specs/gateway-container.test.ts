import { containerOf } from '../fixtures/child-objects.ts';
import { PLATFORM } from '../fixtures/platform.ts';

test('the image of the DataPlane goes before that of the installation', () => {
  expect(containerOf({}).image).toBe(PLATFORM.image);
  expect(containerOf({ image: 'example.com/own:1' }).image).toBe('example.com/own:1');
});

test('a port below 1024 is port + 10000 in the pod, for the container as for the instance', () => {
  const { ports, args } = containerOf({
    listeners: [
      { name: 'http', port: 80 },
      { name: 'alt', port: 8080 },
    ],
  });
  expect(ports.map(({ name, containerPort }) => [name, containerPort])).toEqual([
    ['http', 10_080],
    ['alt', 8080],
    ['status', 7085],
  ]);
  expect(args).toEqual(expect.arrayContaining(['--listen=http=0.0.0.0:10080', '--listen=alt=0.0.0.0:8080']));
});

test('where pods have IPv6 addresses the instance listens on them', () => {
  const { args } = containerOf({}, { ...PLATFORM, podAddressFamily: 'IPv6' });
  expect(args).toEqual(expect.arrayContaining(['--listen=http=[::]:10080', '--status=[::]:7085']));
});

test.each([
  [
    'the control plane of the installation',
    {},
    true,
    ['ws://holdfast-controlplane.holdfast-system.svc:7943', '--insecure'],
  ],
  [
    'that of an installation that does not allow it',
    {},
    false,
    ['ws://holdfast-controlplane.holdfast-system.svc:7943'],
  ],
  [
    "the DataPlane's own",
    { endpoints: ['wss://a.example', 'wss://b.example'] },
    true,
    ['wss://a.example', 'wss://b.example'],
  ],
  [
    "the DataPlane's own in the clear",
    { endpoints: ['ws://a.example'], insecure: true },
    false,
    ['ws://a.example', '--insecure'],
  ],
])('%s is told with the permission that goes with it', (_title, controlPlane, insecure, expected) => {
  const { args } = containerOf({ controlPlane }, { ...PLATFORM, insecure });
  const told = args.filter((argument) => /^--(control-plane|insecure)/.test(argument));
  expect(told.map((argument) => argument.replace('--control-plane=', ''))).toEqual(expected);
});

test.each([
  ['nothing', {}, { cpu: '100m', memory: '256Mi' }],
  ['a request', { requests: { cpu: 2 } }, { cpu: 2, memory: '256Mi' }],
  ['a limit, which Kubernetes takes for the request', { limits: { memory: '128Mi' } }, { cpu: '100m' }],
  [
    'a request and a limit',
    { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } },
    { cpu: '100m', memory: '1Gi' },
  ],
])('given %s, no request is left to chance', (_title, resources, requests) => {
  expect(containerOf({ resources }).resources.requests).toEqual(requests);
});

test('a probe keeps the defaults of what its overlay leaves out', () => {
  const { readinessProbe, livenessProbe } = containerOf({ probes: { liveness: { failureThreshold: 9 } } });
  expect(readinessProbe).toEqual({
    httpGet: { path: '/status/ready', port: 7085, scheme: 'HTTP' },
    initialDelaySeconds: 5,
    periodSeconds: 10,
    timeoutSeconds: 3,
    failureThreshold: 2,
  });
  expect(livenessProbe).toEqual({
    httpGet: { path: '/status', port: 7085, scheme: 'HTTP' },
    initialDelaySeconds: 15,
    periodSeconds: 20,
    timeoutSeconds: 5,
    failureThreshold: 9,
  });
});
