/** Merges a strategic merge patch into a pod template, with the merge keys of Kubernetes' pod API. */
import { OperatorError } from '../errors.ts';

type JsonObject = Record<string, unknown>;

/** Lists that merge item by item, each with the field that tells items apart. Every other list is replaced whole. */
const MERGE_KEYS: ReadonlyMap<string, string> = new Map([
  ['containers', 'name'],
  ['initContainers', 'name'],
  ['env', 'name'],
  ['ports', 'containerPort'],
  ['volumeMounts', 'mountPath'],
  ['volumeDevices', 'devicePath'],
  ['volumes', 'name'],
  ['imagePullSecrets', 'name'],
  ['hostAliases', 'ip'],
  ['topologySpreadConstraints', 'topologyKey'],
  ['resourceClaims', 'name'],
  ['schedulingGates', 'name'],
]);

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';

/**
 * Neither argument is changed. In the patch null removes a field; `$patch: replace` takes an object, or as the item of a list
 * the list, as it stands; `$patch: delete` empties an object or removes an item; `$retainKeys` removes fields that it does not name. `at` is where the patch stands, for messages.
 * Throws OperatorError OVERLAY_INVALID.
 */
export function strategicMerge(base: JsonObject, patch: JsonObject, at: string): JsonObject {
  const directive = directiveOf(patch, at);
  if (directive === 'delete') return {};
  // A Map, because assigning the key `__proto__` to an object would change more than a field.
  const merged = new Map(directive === 'replace' ? [] : Object.entries(base));
  for (const [key, value] of Object.entries(patch)) {
    if (key === DIRECTIVE || key === RETAIN_KEYS) continue;
    refuseOtherDirective(key, at);
    if (value === null) merged.delete(key);
    else merged.set(key, mergeValue(merged.get(key), value, key, `${at}.${key}`));
  }
  return Object.fromEntries(retained(merged, patch[RETAIN_KEYS], at));
}

function mergeValue(base: unknown, patch: unknown, key: string, at: string): unknown {
  const mergeKey = MERGE_KEYS.get(key);
  if (mergeKey !== undefined) return mergeList(listOf(base), objectsOf(patch, at), mergeKey, at);
  if (isObject(patch)) return strategicMerge(isObject(base) ? base : {}, patch, at);
  if (isObject(base)) throw invalid(at, 'an object', patch);
  return patch;
}

function mergeList(base: JsonObject[], patch: JsonObject[], mergeKey: string, at: string): JsonObject[] {
  const replaces = patch.some((item) => item[DIRECTIVE] === 'replace');
  const merged = replaces ? [] : [...base];
  for (const [index, item] of patch.entries()) {
    const place = `${at}[${index}]`;
    const directive = directiveOf(item, place);
    if (directive === 'replace') {
      refuseContent(item, place);
      continue;
    }
    const found = indexIn(merged, item, mergeKey, place);
    if (directive === 'merge')
      merged[found < 0 ? merged.length : found] = strategicMerge(merged[found] ?? {}, item, place);
    else if (found >= 0) merged.splice(found, 1);
  }
  return merged;
}

/** Kubernetes would drop the item, where its author means to replace one of the list. */
function refuseContent(item: JsonObject, at: string): void {
  if (Object.keys(item).length > 1)
    throw invalid(at, `${DIRECTIVE}: replace alone, as it replaces the whole list`, item);
}

function indexIn(list: JsonObject[], item: JsonObject, mergeKey: string, at: string): number {
  const value = item[mergeKey];
  if (value === undefined || value === null)
    throw invalid(`${at}.${mergeKey}`, 'a value: it tells items apart', value);
  return list.findIndex((other) => other[mergeKey] === value);
}

function directiveOf(patch: JsonObject, at: string): 'merge' | 'replace' | 'delete' {
  const directive = patch[DIRECTIVE] ?? 'merge';
  if (directive === 'merge' || directive === 'replace' || directive === 'delete') return directive;
  throw invalid(`${at}.${DIRECTIVE}`, 'merge, replace or delete', directive);
}

function refuseOtherDirective(key: string, at: string): void {
  if (key.startsWith('$')) throw invalid(at, `only the directives ${DIRECTIVE} and ${RETAIN_KEYS}`, key);
}

function retained(merged: Map<string, unknown>, keys: unknown, at: string): Map<string, unknown> {
  if (keys === undefined) return merged;
  if (!Array.isArray(keys)) throw invalid(`${at}.${RETAIN_KEYS}`, 'a list of fields', keys);
  return new Map([...merged].filter(([key]) => keys.includes(key)));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): JsonObject[] {
  return (value ?? []) as JsonObject[];
}

function objectsOf(value: unknown, at: string): JsonObject[] {
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw invalid(at, 'a list of objects', value);
}

/** What was found is not shown: an overlay may hold a secret. */
function invalid(at: string, expected: string, found: unknown): OperatorError {
  const kind = Array.isArray(found) ? 'a list' : found === null ? 'null' : typeof found;
  return new OperatorError('OVERLAY_INVALID', `${at}: expected ${expected}, found ${kind}`);
}
