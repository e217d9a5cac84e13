/** Names for a message, so few that a large fleet does not fill it. */

const MOST = 5;

/** `edge-a, edge-b and 12 more`, in the order of the alphabet. */
export function nameList(names: readonly string[]): string {
  const shown = names.toSorted().slice(0, MOST).join(', ');
  return names.length > MOST ? `${shown} and ${names.length - MOST} more` : shown;
}

/** `no instances`, `1 instance`, `3 instances`. */
export function count(number: number, noun: string): string {
  return `${number === 0 ? 'no' : number} ${noun}${number === 1 ? '' : 's'}`;
}
