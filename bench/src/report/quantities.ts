/** How quantities are written in tables. */

/** Of microseconds; three digits behind the point. */
export function milliseconds(us: number): string {
  return (us / 1_000).toFixed(3);
}

export function ratio(value: number, base: number): string {
  return (value / base).toFixed(2);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
