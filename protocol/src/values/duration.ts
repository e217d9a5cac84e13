/** Durations as Gateway API writes them (GEP-2257). */

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const FORM = /^(?:\d{1,5}(?:h|ms|m|s)){1,4}$/;

/** What a setting or field that takes a duration allows, for messages. */
export const DURATION_EXPECTED = 'a duration such as 500ms, 10s or 1m30s';

/** Milliseconds, or undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!FORM.test(text)) return undefined;
  let total = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(h|ms|m|s)/g)) total += Number(digits) * UNITS[unit!]!;
  return total;
}
