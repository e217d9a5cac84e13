/** Reads what a pod's status API answered. Nothing of it is taken as it is: the pod may be anybody's by now. */

import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import { isRfc3339 } from './timestamp.ts';

/** Whose answer it must be. */
export interface Expected {
  /** `NAMESPACE/NAME` */
  dataPlane: string;
  /** The pod's name. */
  instance: string;
}

type Fields = Record<string, unknown>;

const MAX_REASONS = 64;
const MAX_TEXT = 1024;

/** Undefined where it is not the status document of the expected instance. */
export function readStatusAnswer(
  text: string,
  { dataPlane, instance }: Expected,
): StatusDocument | undefined {
  const document = parse(text);
  if (document === undefined) return undefined;
  const { revision, controlPlane, workers, reasons } = document;
  const valid =
    document.dataPlane === dataPlane &&
    document.instance === instance &&
    isText(document.version) &&
    ['healthy', 'ready', 'draining', 'degraded'].every((name) => typeof document[name] === 'boolean') &&
    Array.isArray(reasons) &&
    reasons.length <= MAX_REASONS &&
    reasons.every(isReason) &&
    (revision === null || isRevision(revision)) &&
    isContact(controlPlane) &&
    isWorkers(workers);
  return valid ? (document as unknown as StatusDocument) : undefined;
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isReason(value: unknown): boolean {
  return isFields(value) && isText(value.code) && isText(value.message);
}

function isRevision(value: unknown): boolean {
  return (
    isFields(value) &&
    isText(value.lineage) &&
    isText(value.hash) &&
    isText(value.origin) &&
    // Older instances know no trials.
    (value.trial === undefined || typeof value.trial === 'boolean') &&
    Number.isSafeInteger(value.sequence)
  );
}

/** The time goes into the status, whose schema would refuse all of it for a wrong one. */
function isContact(value: unknown): boolean {
  return (
    isFields(value) &&
    typeof value.connected === 'boolean' &&
    (value.endpoint === null || isText(value.endpoint)) &&
    isRfc3339(value.since)
  );
}

function isWorkers(value: unknown): boolean {
  return isFields(value) && Number.isSafeInteger(value.desired) && Number.isSafeInteger(value.serving);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
