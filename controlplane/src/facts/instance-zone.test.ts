import type { EndpointSlice, SliceEndpoint } from '../kubernetes/objects.ts';
import { instanceZone } from './instance-zone.ts';

function slice(service: string, ...endpoints: SliceEndpoint[]): EndpointSlice {
  const labels = { 'kubernetes.io/service-name': service };
  const metadata = { name: `${service}-x`, namespace: 'default', labels };
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, endpoints };
}

const pod = (name: string, zone?: string): SliceEndpoint => ({
  addresses: ['10.0.0.1'],
  conditions: { ready: false },
  targetRef: { kind: 'Pod', name },
  ...(zone !== undefined && { zone }),
});

test('the zone is that of the pod in a slice of the Service, ready or not', () => {
  const slices = [slice('other', pod('edge-1', 'x')), slice('edge', pod('edge-2', 'b'), pod('edge-1', 'a'))];
  expect(instanceZone(slices, 'edge', 'edge-1')).toBe('a');
  expect(instanceZone(slices, 'edge', 'edge-2')).toBe('b');
});

test.each<[what: string, slices: EndpointSlice[]]>([
  ['a pod that is in no slice yet', [slice('edge', pod('edge-2', 'b'))]],
  ['a node without a zone', [slice('edge', pod('edge-1'))]],
  ['a zone of bad form', [slice('edge', pod('edge-1', 'not a zone'))]],
  ['a slice without endpoints', [{ ...slice('edge'), endpoints: null }]],
  [
    'what is no pod',
    [slice('edge', { addresses: [], targetRef: { kind: 'Node', name: 'edge-1' }, zone: 'a' })],
  ],
])('%s has none', (_what, slices) => {
  expect(instanceZone(slices, 'edge', 'edge-1')).toBeUndefined();
});
