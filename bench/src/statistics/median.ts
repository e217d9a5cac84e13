/** What is made of repeated measurements: the middle, and how far two of them lie apart. */

/** NaN without any value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** 0.05: the larger of two positive values is 5 % over the smaller. */
export function apart(a: number, b: number): number {
  return Math.max(a, b) / Math.min(a, b) - 1;
}

/** The medians of each field over all samples. */
export function medians<Sample extends Record<keyof Sample, number>>(samples: readonly Sample[]): Sample {
  const fields = Object.keys(samples[0] ?? {}) as (keyof Sample)[];
  const middle = fields.map((field) => [field, median(samples.map((sample) => sample[field]))]);
  return Object.fromEntries(middle) as Sample;
}
