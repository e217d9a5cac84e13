/** HighlyAvailable: the loss of a pod, a node or a zone leaves others that serve. Each shortfall is named. */
import type { DataPlaneReason } from '@holdfast/api/data-plane-conditions.ts';
import { serves } from './config-synced.ts';
import type { Verdict } from './desired-condition.ts';
import type { Fleet } from './fleet.ts';
import { count, nameList } from './name-list.ts';
import type { Observation } from './observation.ts';

interface Shortfall {
  reason: DataPlaneReason;
  message: string;
}

export function highlyAvailable(
  observation: Pick<Observation, 'dataPlane' | 'disruptionBudget'>,
  fleet: Fleet,
): Verdict {
  const shortfalls = [
    ...numberShortfall(observation.dataPlane.spec.replicas, fleet),
    ...nodeShortfall(fleet),
    ...zoneShortfall(fleet),
    ...budgetShortfall(observation),
    ...syncShortfall(observation.dataPlane, fleet),
  ];
  const [first] = shortfalls;
  if (first === undefined) return { status: 'True', reason: 'Spread', message: whereTheyAre(fleet) };
  const reason = shortfalls.length === 1 ? first.reason : 'SeveralShortfalls';
  return { status: 'False', reason, message: shortfalls.map(({ message }) => message).join('; ') };
}

function numberShortfall(wanted: number, { inService }: Fleet): Shortfall[] {
  if (wanted === 0) return [{ reason: 'ScaledToZero', message: 'spec.replicas is 0' }];
  if (wanted === 1) return [{ reason: 'OneInstance', message: 'spec.replicas is 1: at least 2 are needed' }];
  if (inService.length >= wanted) return [];
  return [{ reason: 'InstancesMissing', message: `${inService.length} of ${wanted} instances are ready` }];
}

/** With fewer than two ready, the number is the shortfall, and not where they are. */
function nodeShortfall({ inService }: Fleet): Shortfall[] {
  const nodes = new Set(inService.map(({ node }) => node));
  if (inService.length < 2 || nodes.size > 1) return [];
  return [{ reason: 'OneNode', message: `all ready instances are on the node ${[...nodes][0]}` }];
}

function zoneShortfall({ inService, zones }: Fleet): Shortfall[] {
  const used = new Set(inService.map(({ zone }) => zone).filter((zone) => zone !== undefined));
  if (inService.length < 2 || zones.size < 2 || used.size > 1) return [];
  const where = used.size === 0 ? 'on nodes without a zone' : `in the zone ${[...used][0]}`;
  return [
    {
      reason: 'OneZone',
      message: `all ready instances are ${where}, and the nodes have ${zones.size} zones`,
    },
  ];
}

function budgetShortfall({ disruptionBudget }: Pick<Observation, 'disruptionBudget'>): Shortfall[] {
  if (disruptionBudget !== undefined) return [];
  return [
    {
      reason: 'NoDisruptionBudget',
      message: 'there is no PodDisruptionBudget: a drain may take every instance',
    },
  ];
}

/** An instance that does not answer may be on a node that is lost already; Kubernetes finds out later. */
function syncShortfall({ status }: Observation['dataPlane'], { inService }: Fleet): Shortfall[] {
  const published = status?.revision;
  if (inService.length === 0) return [];
  if (published === undefined) return [{ reason: 'NotSynced', message: 'no revision has been published' }];
  const silent = inService.filter(({ document }) => document === undefined);
  const behind = inService.filter(
    (instance) => instance.document !== undefined && !serves(instance, published),
  );
  return [
    ...syncMessage(silent, 'no answer from the status API of'),
    ...syncMessage(behind, `not on revision ${published.sequence}:`),
  ];
}

function syncMessage(instances: Fleet['inService'], what: string): Shortfall[] {
  if (instances.length === 0) return [];
  return [{ reason: 'NotSynced', message: `${what} ${nameList(instances.map(({ name }) => name))}` }];
}

function whereTheyAre({ inService }: Fleet): string {
  const nodes = new Set(inService.map(({ node }) => node)).size;
  const zones = new Set(inService.map(({ zone }) => zone).filter((zone) => zone !== undefined)).size;
  const across = zones > 0 ? ` and ${count(zones, 'zone')}` : '';
  return `${count(inService.length, 'ready instance')} on ${count(nodes, 'node')}${across}`;
}
