/** ControlPlaneConnected: every ready instance has a stream to the control plane. They serve without it (I1). */
import type { Verdict } from './desired-condition.ts';
import type { Fleet } from './fleet.ts';
import { count, nameList } from './name-list.ts';

export function controlPlaneConnected({ inService }: Fleet): Verdict {
  if (inService.length === 0)
    return { status: 'Unknown', reason: 'NoReadyInstances', message: 'no instance is ready' };
  const apart = inService.filter(({ document }) => document?.controlPlane.connected === false);
  if (apart.length > 0) {
    const since = apart.map(({ document }) => document!.controlPlane.since).sort()[0]!;
    const message = `${apart.length} of ${count(inService.length, 'ready instance')} without a stream to the control plane since ${since}, serving on with what they have: ${names(apart)}`;
    return { status: 'False', reason: 'Disconnected', message };
  }
  const silent = inService.filter(({ document }) => document === undefined);
  if (silent.length > 0) {
    return {
      status: 'Unknown',
      reason: 'InstancesSilent',
      message: `no answer from the status API of ${names(silent)}`,
    };
  }
  return {
    status: 'True',
    reason: 'Connected',
    message: `${count(inService.length, 'ready instance')} connected`,
  };
}

function names(instances: Fleet['inService']): string {
  return nameList(instances.map(({ name }) => name));
}
