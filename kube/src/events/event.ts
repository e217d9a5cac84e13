/** Events of `events.k8s.io/v1`: what happened to an object, for people and `kubectl describe`. */
import type { KubeObject } from '../objects/object.ts';
import type { Resource } from '../objects/resource.ts';

export const EVENTS: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** What a program has to tell. */
export interface Happening {
  /** The object that it is about. */
  regarding: KubeObject;
  type: 'Normal' | 'Warning';
  /** Why, one CamelCase word, at most 128 characters. */
  reason: string;
  /** What was done or tried, one CamelCase word, at most 128 characters. */
  action: string;
  /** For people; cut off at 1024 bytes. */
  note: string;
}

export interface EventObject extends KubeObject {
  eventTime: string;
  type: string;
  reason: string;
  action: string;
  note: string;
  reportingController: string;
  reportingInstance: string;
  regarding: Record<string, string | undefined>;
  series?: { count: number; lastObservedTime: string };
}

export interface Reporter {
  /** `holdfast.dev/operator`. */
  controller: string;
  /** This process. */
  instance: string;
}

const MAX_NOTE_BYTES = 1024;
const MAX_INSTANCE = 128;
/** Events about cluster-wide objects stand here. */
const CLUSTER_WIDE_NAMESPACE = 'default';
/** A name has at most 253 characters; the suffix takes some. */
const MAX_NAME_PREFIX = 200;

/** `suffix` makes the name unlike that of other events about the object. */
export function eventObject(happening: Happening, reporter: Reporter, at: Date, suffix: string): EventObject {
  const { regarding, type, reason, action, note } = happening;
  const { name, namespace, uid, resourceVersion } = regarding.metadata;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: {
      name: `${name.slice(0, MAX_NAME_PREFIX)}.${suffix}`,
      namespace: namespace ?? CLUSTER_WIDE_NAMESPACE,
    },
    eventTime: microTime(at),
    type,
    reason,
    action,
    note: cutToBytes(note, MAX_NOTE_BYTES),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, MAX_INSTANCE),
    regarding: {
      apiVersion: regarding.apiVersion,
      kind: regarding.kind,
      name,
      namespace,
      uid,
      resourceVersion,
    },
  };
}

/** Equal for happenings that are one series: the same about the same object. */
export function seriesKey({ regarding, type, reason, action, note }: Happening): string {
  return JSON.stringify([objectIdentity(regarding), type, reason, action, note]);
}

export function objectIdentity({ apiVersion, kind, metadata }: KubeObject): string {
  return JSON.stringify([apiVersion, kind, metadata.namespace, metadata.name, metadata.uid]);
}

export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}

function cutToBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  // A character that the cut went through is left out whole.
  return new TextDecoder().decode(encoded.subarray(0, bytes), { stream: true });
}
