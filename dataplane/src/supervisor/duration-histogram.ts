/** A histogram for the registry that takes whole buckets, as workers count them, where prom-client's takes single values. */

/** What a registry asks of a metric; one bucket, sum or count each. */
interface HistogramValue {
  metricName: string;
  labels: Record<string, string | number>;
  value: number;
}

interface Series {
  /** One more than bounds: the last is above all. */
  buckets: number[];
  sum: number;
}

export interface HistogramOptions {
  name: string;
  help: string;
  label: string;
  /** Rising upper bounds. */
  bounds: readonly number[];
  /** Label values beyond this many count under `other`. */
  seriesMost: number;
}

export const OTHER = 'other';

export class DurationHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #options: HistogramOptions;
  readonly #series = new Map<string, Series>();

  constructor(options: HistogramOptions) {
    this.name = options.name;
    this.help = options.help;
    this.#options = options;
  }

  /** `buckets` as a worker counts them: each observation once. What does not have the right length is cut or filled with 0. */
  add(labelValue: string, buckets: readonly number[], sum: number): void {
    const series = this.#seriesOf(labelValue);
    for (let index = 0; index < series.buckets.length; index += 1)
      series.buckets[index]! += buckets[index] ?? 0;
    series.sum += sum;
  }

  reset(): void {
    this.#series.clear();
  }

  async get() {
    const { name, help, type, aggregator } = this;
    const values = [...this.#series].flatMap(([labelValue, series]) => this.#values(labelValue, series));
    return { name, help, type, aggregator, values };
  }

  #seriesOf(labelValue: string): Series {
    const known = this.#series.get(labelValue);
    if (known !== undefined) return known;
    if (labelValue !== OTHER && this.#series.size >= this.#options.seriesMost) return this.#seriesOf(OTHER);
    const series = { buckets: new Array<number>(this.#options.bounds.length + 1).fill(0), sum: 0 };
    this.#series.set(labelValue, series);
    return series;
  }

  /** Prometheus' buckets are cumulative. */
  #values(labelValue: string, { buckets, sum }: Series): HistogramValue[] {
    const label = { [this.#options.label]: labelValue };
    let count = 0;
    const values: HistogramValue[] = buckets.map((own, index) => {
      count += own;
      const le = this.#options.bounds[index] ?? '+Inf';
      return { metricName: `${this.name}_bucket`, labels: { le, ...label }, value: count };
    });
    values.push({ metricName: `${this.name}_sum`, labels: label, value: sum });
    values.push({ metricName: `${this.name}_count`, labels: label, value: count });
    return values;
  }
}
