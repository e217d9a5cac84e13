/** What the fields of one backend say about each other: the rules that a JSON Schema cannot put in words. */
import { describeFound } from '../validation/found.ts';
import type { Problem } from '../validation/validator.ts';
import { formatHostPort } from '../values/address.ts';
import { pointerTo } from '../values/json-pointer.ts';
import type { Backend, Endpoint } from './types.ts';

/** Problems of a backend that has the form of its schema. */
export function checkBackendRules(backend: Backend, at: string): Problem[] {
  const { endpoints, service } = backend;
  if ((endpoints === undefined) === (service === undefined)) {
    const found = service === undefined ? 'neither' : 'both';
    return [{ pointer: at, expected: 'exactly one of endpoints and service', found }];
  }
  return checkEndpoints(endpoints ?? [], pointerTo(at, 'endpoints'));
}

/** An endpoint that stands twice would be tried twice, and get twice its share. */
function checkEndpoints(endpoints: readonly Endpoint[], at: string): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [index, { address, port }] of endpoints.entries()) {
    const endpoint = formatHostPort({ host: address, port });
    if (seen.has(endpoint)) {
      problems.push({
        pointer: pointerTo(at, index),
        expected: 'each endpoint once',
        found: `${describeFound(endpoint)} again`,
      });
    }
    seen.add(endpoint);
  }
  return problems;
}
