/** Checks every endpoint of the backends that ask for it, each at its interval, and tells which of them fail. */
import { isDeepStrictEqual } from 'node:util';
import type { Endpoint } from '@holdfast/protocol/configuration/types.ts';
import { formatHostPort } from '@holdfast/protocol/values/address.ts';
import { CheckRecord } from './check-record.ts';
import type { CheckSettings } from './check-settings.ts';
import { Gate } from './gate.ts';
import { type HealthProbe, probeEndpoint } from './health-probe.ts';

/** However many endpoints there are; when they all time out, checks come later and are not more. */
const MOST_AT_ONCE = 64;

export interface CheckedBackend {
  name: string;
  settings: CheckSettings;
  endpoints: readonly Endpoint[];
}

export interface HealthCheckerOptions {
  /** The endpoints of the backend that fail now, all of them; called when they become others. */
  onHealth: (backend: string, unhealthy: string[]) => void;
  onChecked: (good: boolean) => void;
  /** What a predecessor had found. */
  unhealthy?: readonly (readonly [backend: string, endpoints: readonly string[]])[];
  probe?: HealthProbe;
  /** 0 or more, less than 1. */
  random?: () => number;
  mostAtOnce?: number;
}

interface Subject {
  record: CheckRecord;
  stop: AbortController;
}

interface Checked {
  settings: CheckSettings;
  subjects: Map<string, Subject>;
  /** As it was told last. */
  told: string[];
}

export class HealthChecker {
  readonly #options: HealthCheckerOptions;
  readonly #probe: HealthProbe;
  readonly #random: () => number;
  readonly #gate: Gate;
  readonly #backends = new Map<string, Checked>();
  /** Of the predecessor, until the backends are known. */
  #inherited: Map<string, readonly string[]>;

  constructor(options: HealthCheckerOptions) {
    this.#options = options;
    this.#probe = options.probe ?? probeEndpoint;
    this.#random = options.random ?? Math.random;
    this.#gate = new Gate(options.mostAtOnce ?? MOST_AT_ONCE);
    this.#inherited = new Map(options.unhealthy);
  }

  /** From now on these are checked and no others. */
  update(backends: readonly CheckedBackend[]): void {
    const names = new Set(backends.map(({ name }) => name));
    for (const [name, checked] of this.#backends) if (!names.has(name)) this.#drop(name, checked);
    for (const backend of backends) this.#check(backend);
    for (const name of this.#inherited.keys()) if (!names.has(name)) this.#options.onHealth(name, []);
    this.#inherited = new Map();
  }

  stop(): void {
    for (const { subjects } of this.#backends.values()) endAll(subjects.values());
    this.#backends.clear();
  }

  #check({ name, settings, endpoints }: CheckedBackend): void {
    const before = this.#backends.get(name);
    const told = before?.told ?? [...(this.#inherited.get(name) ?? [])];
    const isSame = before !== undefined && isDeepStrictEqual(before.settings, settings);
    const checked: Checked = { settings, subjects: new Map(), told };
    this.#backends.set(name, checked);
    for (const endpoint of endpoints) {
      const key = keyOf(endpoint);
      const known = before?.subjects.get(key);
      if (known !== undefined && isSame) {
        checked.subjects.set(key, known);
        before!.subjects.delete(key);
      } else this.#begin(name, settings, endpoint, !told.includes(key));
    }
    endAll(before?.subjects.values() ?? []);
    this.#tell(name, checked);
  }

  #begin(backend: string, settings: CheckSettings, endpoint: Endpoint, healthy: boolean): void {
    const subject: Subject = { record: new CheckRecord(settings, healthy), stop: new AbortController() };
    this.#backends.get(backend)!.subjects.set(keyOf(endpoint), subject);
    // Anywhere within the interval, or all endpoints of all backends would be asked in the same moment for ever.
    this.#later(this.#random() * settings.intervalMs, subject, backend, settings, endpoint);
  }

  #later(ms: number, subject: Subject, backend: string, settings: CheckSettings, endpoint: Endpoint): void {
    const { signal } = subject.stop;
    const timer = setTimeout(async () => {
      signal.removeEventListener('abort', onStop);
      await this.#examine(subject, backend, settings, endpoint);
      if (signal.aborted) return;
      this.#later(settings.intervalMs * (0.9 + this.#random() / 5), subject, backend, settings, endpoint);
    }, ms);
    const onStop = () => clearTimeout(timer);
    signal.addEventListener('abort', onStop, { once: true });
  }

  async #examine(
    { record, stop }: Subject,
    backend: string,
    settings: CheckSettings,
    endpoint: Endpoint,
  ): Promise<void> {
    const good = await this.#gate.run(() => this.#probe(endpoint, settings, stop.signal));
    if (stop.signal.aborted) return;
    this.#options.onChecked(good);
    if (record.take(good)) this.#tell(backend, this.#backends.get(backend)!);
  }

  #tell(backend: string, checked: Checked): void {
    const unhealthy = [...checked.subjects].filter(([, { record }]) => !record.healthy).map(([key]) => key);
    if (isDeepStrictEqual(new Set(unhealthy), new Set(checked.told))) return;
    checked.told = unhealthy;
    this.#options.onHealth(backend, unhealthy);
  }

  #drop(name: string, { subjects, told }: Checked): void {
    endAll(subjects.values());
    this.#backends.delete(name);
    if (told.length > 0) this.#options.onHealth(name, []);
  }
}

function endAll(subjects: Iterable<Subject>): void {
  for (const { stop } of subjects) stop.abort();
}

function keyOf({ address, port }: Endpoint): string {
  return formatHostPort({ host: address, port });
}
