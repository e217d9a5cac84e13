/** Query parameters as routes match them. */

/**
 * The first value of each parameter, by name: Gateway API lets the first of several count. Reads `+` as a space, as
 * forms write it. A bad escape stands for itself, since a query that nobody could read must not end a request.
 */
export function firstQueryParams(query: string): Map<string, string> {
  const params = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals === -1 ? pair : pair.slice(0, equals));
    if (!params.has(name)) params.set(name, equals === -1 ? '' : decoded(pair.slice(equals + 1)));
  }
  return params;
}

function decoded(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
