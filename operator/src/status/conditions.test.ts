import type { ConditionStatus } from '@holdfast/api/condition.ts';
import { DATA_PLANE_REASONS } from '@holdfast/api/data-plane-conditions.ts';
import {
  conditionOf,
  DISCONNECTED,
  FLEET,
  instance,
  OLDER_REVISION,
  observation,
  REVISION,
  unconfigured,
  wasAvailable,
} from '../fixtures/observation.ts';
import { desiredStatus } from './data-plane-status.ts';
import type { DesiredCondition } from './desired-condition.ts';
import type { Observation } from './observation.ts';

type Row = [title: string, observation: Observation, condition: string];

const [A, B, C] = FLEET as [(typeof FLEET)[0], (typeof FLEET)[0], (typeof FLEET)[0]];
const OLDER = { document: { revision: { ...OLDER_REVISION, origin: 'disk' as const } } };
const GIVEN = new Set<string>();

function check(type: DesiredCondition['type']) {
  return (_title: string, seen: Observation, expected: string) => {
    const { conditions } = desiredStatus(seen);
    for (const { reason } of conditions) GIVEN.add(reason);
    expect(conditionOf(conditions, type)).toBe(expected);
  };
}

const ALL_GONE = Array.from({ length: 7 }, (_, index) =>
  instance(`edge-${index}`, `n${1 + (index % 3)}`, DISCONNECTED),
);

test.each<Row>([
  ['all instances serve: True', observation(), 'True Serving: 3 of 3 instances are available'],
  [
    'the control plane is gone: still True (I2)',
    observation({
      pods: FLEET.map(({ pod }) => instance(pod.metadata.name, pod.spec.nodeName!, DISCONNECTED)),
    }),
    'True Serving: 3 of 3 instances are available',
  ],
  [
    'no instance has the newest revision: still True',
    observation({ pods: FLEET.map(({ pod }) => instance(pod.metadata.name, pod.spec.nodeName!, OLDER)) }),
    'True Serving: 3 of 3 instances are available',
  ],
  [
    'nothing was ever published: it says what to create',
    unconfigured(),
    'False NoConfiguration: nothing has been published yet: create a ConfigMap in the namespace default with the label holdfast.dev/configuration-for: edge',
  ],
  [
    'the first configuration was refused: it says why',
    unconfigured({
      conditions: [
        {
          type: 'ConfigAccepted',
          status: 'False',
          reason: 'Refused',
          message: 'edge/a.yaml: /routes/0',
          lastTransitionTime: '',
        },
      ],
    }),
    'False NoConfiguration: no configuration has been accepted yet: edge/a.yaml: /routes/0',
  ],
  [
    'the control plane says that there is no configuration: it says what to create in the same words',
    unconfigured({
      conditions: [
        {
          type: 'ConfigAccepted',
          status: 'False',
          reason: 'NoConfiguration',
          message: 'nothing is published: create one',
          lastTransitionTime: '',
        },
      ],
    }),
    'False NoConfiguration: nothing has been published yet: create a ConfigMap in the namespace default with the label holdfast.dev/configuration-for: edge',
  ],
  [
    'nothing was published and instances are not connected: it says that, too',
    {
      ...unconfigured(),
      pods: [
        instance('edge-a', 'n1', {
          inService: false,
          document: { ...DISCONNECTED.document, revision: null },
        }),
      ],
    },
    'False NoConfiguration: nothing has been published yet: create a ConfigMap in the namespace default with the label holdfast.dev/configuration-for: edge; 1 instance without a stream to the control plane',
  ],
  [
    'nothing is published any more, and instances have a last good revision: their number is what matters',
    { ...observation({ deployment: { availableReplicas: 1 } }), dataPlane: unconfigured().dataPlane },
    'False Unavailable: 1 of 3 instances are available, and at least 3 must be',
  ],
  [
    'something is published and has not reached instances that have nothing: their number is what matters',
    { ...unconfigured(), dataPlane: observation().dataPlane },
    'False Unavailable: 0 of 3 instances are available, and at least 3 must be',
  ],
  [
    'too few are available',
    observation({ deployment: { availableReplicas: 1 } }),
    'False Unavailable: 1 of 3 instances are available, and at least 3 must be',
  ],
  [
    'the Deployment has not seen the newest spec',
    observation({ deployment: { generation: 3 } }),
    'Unknown NotObserved: the newest spec has not reached the pods yet',
  ],
  [
    'the Deployment does not have the number of replicas yet',
    observation({ deployment: { wanted: 2 } }),
    'Unknown NotObserved: the newest spec has not reached the pods yet',
  ],
  [
    "a Service of the same name is someone else's",
    observation({
      obstacle: { reason: 'ChildNotOwned', message: 'Service default/edge belongs to Deployment/other' },
    }),
    'False ChildNotOwned: Service default/edge belongs to Deployment/other',
  ],
  ['it is scaled to zero', observation({ replicas: 0, pods: [] }), 'True ScaledToZero: spec.replicas is 0'],
])('Ready when %s', check('Ready'));

test.each<Row>([
  [
    'a new fleet is not up wholly: False',
    observation({ deployment: { availableReplicas: 2 } }),
    'False TooFewInstances: 2 of 3 instances are available, and at least 3 must be',
  ],
  [
    'there is no Deployment: False',
    observation({ deployment: undefined }),
    'False TooFewInstances: 0 of 3 instances are available, and at least 3 must be',
  ],
  ['a new fleet is up: True', observation(), 'True EnoughInstances: 3 of 3 instances are available'],
  [
    'one of a fleet that was available is missing, as in a drain: still True',
    observation({ deployment: { availableReplicas: 2 }, status: wasAvailable('True') }),
    'True EnoughInstances: 2 of 3 instances are available',
  ],
  [
    'more are missing than the budget allows: False',
    observation({ deployment: { availableReplicas: 1 }, status: wasAvailable('True') }),
    'False TooFewInstances: 1 of 3 instances are available, and at least 2 must be',
  ],
  [
    'it was not available and one is missing still: False',
    observation({ deployment: { availableReplicas: 2 }, status: wasAvailable('False') }),
    'False TooFewInstances: 2 of 3 instances are available, and at least 3 must be',
  ],
  [
    'the budget is a percentage: rounded up, as Kubernetes does',
    observation({
      maxUnavailable: '34%',
      deployment: { availableReplicas: 1 },
      status: wasAvailable('True'),
    }),
    'True EnoughInstances: 1 of 3 instances are available',
  ],
  [
    'the budget allows all to be missing and all are: False, for nobody serves',
    observation({ maxUnavailable: 5, deployment: { availableReplicas: 0 }, status: wasAvailable('True') }),
    'False TooFewInstances: 0 of 3 instances are available, and at least 1 must be',
  ],
])('Available when %s', check('Available'));

test.each<Row>([
  ['all is as wanted: False', observation(), 'False Complete: all 3 instances are as wanted'],
  [
    'a rollout is under way: True',
    observation({ deployment: { replicas: 4, updatedReplicas: 2 } }),
    'True RollingOut: 3 instances are wanted: 2 of the present template, 3 available, 4 in all',
  ],
  [
    'old pods are left over: True',
    observation({ deployment: { replicas: 4 } }),
    'True RollingOut: 3 instances are wanted: 3 of the present template, 3 available, 4 in all',
  ],
  [
    'the Deployment gave up: False, in its words',
    observation({
      deployment: {
        updatedReplicas: 1,
        conditions: [
          {
            type: 'Progressing',
            status: 'False',
            reason: 'ProgressDeadlineExceeded',
            message: 'ReplicaSet "edge-1" has timed out',
          },
        ],
      },
    }),
    'False Stalled: ReplicaSet "edge-1" has timed out',
  ],
  [
    'the API server refused the overlay: False, in its words',
    observation({
      obstacle: { reason: 'ChildRefused', message: 'spec.template.spec.containers[1].image: Required value' },
    }),
    'False ChildRefused: spec.template.spec.containers[1].image: Required value',
  ],
])('Progressing when %s', check('Progressing'));

test.each<Row>([
  ['all ready ones serve it: True', observation(), 'True Synced: 3 ready instances on revision 7'],
  [
    'one serves an older one: False, and which',
    observation({ pods: [A, B, instance('edge-c', 'n3', OLDER)] }),
    'False OtherRevision: 1 of 3 ready instances without revision 7: edge-c (6)',
  ],
  [
    'one tries a newer one, and goes back unless that is promoted: True, and which',
    observation({
      pods: [
        A,
        B,
        instance('edge-c', 'n3', {
          document: { revision: { ...REVISION, sequence: 8, origin: 'stream', trial: true } },
        }),
      ],
    }),
    'True Synced: 3 ready instances on revision 7; edge-c (8) on trial',
  ],
  [
    'one serves the same sequence of another lineage: False',
    observation({
      pods: [
        A,
        B,
        instance('edge-c', 'n3', { document: { revision: { ...REVISION, lineage: 'l2', origin: 'disk' } } }),
      ],
    }),
    'False OtherRevision: 1 of 3 ready instances without revision 7: edge-c (7)',
  ],
  [
    'one that is not ready is behind: still True',
    observation({ pods: [A, B, instance('edge-c', 'n3', { ...OLDER, inService: false })] }),
    'True Synced: 2 ready instances on revision 7',
  ],
  [
    'one that is being deleted is behind: still True',
    observation({ pods: [A, B, instance('edge-c', 'n3', { ...OLDER, deleted: true })] }),
    'True Synced: 2 ready instances on revision 7',
  ],
  [
    'one does not answer: Unknown',
    observation({ pods: [A, B, instance('edge-c', 'n3', { silent: true })] }),
    'Unknown InstancesSilent: no answer from the status API of edge-c',
  ],
  ['none is ready: Unknown', observation({ pods: [] }), 'Unknown NoReadyInstances: no instance is ready'],
  [
    'nothing is published: Unknown',
    { ...observation(), dataPlane: unconfigured().dataPlane },
    'Unknown NothingPublished: no revision has been published',
  ],
])('ConfigSynced when %s', check('ConfigSynced'));

test.each<Row>([
  ['all ready ones are: True', observation(), 'True Connected: 3 ready instances connected'],
  [
    'one is not: False, and since when',
    observation({ pods: [A, B, instance('edge-c', 'n3', DISCONNECTED)] }),
    'False Disconnected: 1 of 3 ready instances without a stream to the control plane since 2026-11-22T09:00:00Z, serving on with what they have: edge-c',
  ],
  [
    'many are not: the first five are named',
    observation({ replicas: 7, pods: ALL_GONE }),
    'False Disconnected: 7 of 7 ready instances without a stream to the control plane since 2026-11-22T09:00:00Z, serving on with what they have: edge-0, edge-1, edge-2, edge-3, edge-4 and 2 more',
  ],
  [
    'one is not and another does not answer: False',
    observation({
      pods: [A, instance('edge-b', 'n2', { silent: true }), instance('edge-c', 'n3', DISCONNECTED)],
    }),
    'False Disconnected: 1 of 3 ready instances without a stream to the control plane since 2026-11-22T09:00:00Z, serving on with what they have: edge-c',
  ],
  [
    'one does not answer: Unknown',
    observation({ pods: [A, instance('edge-b', 'n2', { silent: true })] }),
    'Unknown InstancesSilent: no answer from the status API of edge-b',
  ],
  ['none is ready: Unknown', observation({ pods: [] }), 'Unknown NoReadyInstances: no instance is ready'],
])('ControlPlaneConnected when %s', check('ControlPlaneConnected'));

test.each<Row>([
  ['nothing is missing: True', observation(), 'True Spread: 3 ready instances on 3 nodes and 3 zones'],
  [
    'the nodes have no zones: True',
    observation({ nodes: { n1: null, n2: null, n3: null } }),
    'True Spread: 3 ready instances on 3 nodes',
  ],
  [
    'the nodes have one zone: True',
    observation({ nodes: { n1: 'a', n2: 'a', n3: 'a' } }),
    'True Spread: 3 ready instances on 3 nodes and 1 zone',
  ],
  [
    'no instance is connected: True, for the loss of a node is survived',
    observation({
      pods: FLEET.map(({ pod }) => instance(pod.metadata.name, pod.spec.nodeName!, DISCONNECTED)),
    }),
    'True Spread: 3 ready instances on 3 nodes and 3 zones',
  ],
  [
    'one instance is wanted',
    observation({ replicas: 1, pods: [A] }),
    'False OneInstance: spec.replicas is 1: at least 2 are needed',
  ],
  ['it is scaled to zero', observation({ replicas: 0, pods: [] }), 'False ScaledToZero: spec.replicas is 0'],
  [
    'one of three is not ready',
    observation({ pods: [A, B, instance('edge-c', 'n3', { inService: false })] }),
    'False InstancesMissing: 2 of 3 instances are ready',
  ],
  [
    'a rollout has one more than wanted, not ready yet: True',
    observation({ pods: [A, B, C, instance('edge-d', 'n1', { inService: false })] }),
    'True Spread: 3 ready instances on 3 nodes and 3 zones',
  ],
  [
    'all are on one node',
    observation({ nodes: { n1: null }, pods: FLEET.map(({ pod }) => instance(pod.metadata.name, 'n1')) }),
    'False OneNode: all ready instances are on the node n1',
  ],
  [
    'all are in one zone of several',
    observation({ nodes: { n1: 'a', n2: 'a', n3: 'a', n4: 'b' } }),
    'False OneZone: all ready instances are in the zone a, and the nodes have 2 zones',
  ],
  [
    'all are on nodes without a zone, and others have some',
    observation({ nodes: { n1: null, n2: null, n3: null, n4: 'b', n5: 'c' } }),
    'False OneZone: all ready instances are on nodes without a zone, and the nodes have 2 zones',
  ],
  [
    'the budget is not there',
    observation({ disruptionBudget: undefined }),
    'False NoDisruptionBudget: there is no PodDisruptionBudget: a drain may take every instance',
  ],
  [
    'one is behind',
    observation({ pods: [A, B, instance('edge-c', 'n3', OLDER)] }),
    'False NotSynced: not on revision 7: edge-c',
  ],
  [
    'one does not answer, as on a node just lost',
    observation({ pods: [A, B, instance('edge-c', 'n3', { silent: true })] }),
    'False NotSynced: no answer from the status API of edge-c',
  ],
  [
    'much is missing: each is named',
    observation({
      disruptionBudget: undefined,
      pods: [instance('edge-a', 'n1'), instance('edge-b', 'n1', OLDER)],
    }),
    'False SeveralShortfalls: 2 of 3 instances are ready; all ready instances are on the node n1; all ready instances are in the zone zone-a, and the nodes have 3 zones; there is no PodDisruptionBudget: a drain may take every instance; not on revision 7: edge-b',
  ],
])('HighlyAvailable when %s', check('HighlyAvailable'));

test('the tables above show every reason that is documented', () => {
  expect(Object.keys(DATA_PLANE_REASONS).filter((reason) => !GIVEN.has(reason))).toEqual([]);
});

test('every condition is there, whatever is seen, and of the generation that was looked at', () => {
  const { conditions } = desiredStatus(observation({ deployment: undefined, pods: [], nodes: {} }));
  const statuses: ConditionStatus[] = ['True', 'False', 'Unknown'];
  expect(conditions.map(({ type }) => type)).toEqual([
    'Ready',
    'Available',
    'Progressing',
    'ConfigSynced',
    'ControlPlaneConnected',
    'HighlyAvailable',
  ]);
  for (const { status, observedGeneration } of conditions) {
    expect(statuses).toContain(status);
    expect(observedGeneration).toBe(4);
  }
});
