/** JSON pointers (RFC 6901): where in a document something stands. */

/** The pointer to a member or item of what `parent` points to. */
export function pointerTo(parent: string, ...path: (string | number)[]): string {
  let pointer = parent;
  for (const step of path) pointer += `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return pointer;
}
