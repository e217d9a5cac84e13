/** The lock of a state directory: two control planes must never count sequences in the same one. */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ControlPlaneError, systemCode } from '../errors.ts';

const LOCK_FILE = 'lock.json';
const HEARTBEAT_MS = 1_000;
/** A holder that this process cannot look up, on another machine or in another container, is dead when silent for this. */
const SILENCE_MS = 5_000;

interface Holder {
  /** Of this very lock. */
  id: string;
  pid: number;
  /** Tells the process from a later one with the same pid. */
  startedAt: string;
  /** Where the pid counts: a boot of a machine and a pid namespace of it. */
  place: string;
}

export class StateLock {
  readonly #file: string;
  readonly #holder: Holder;
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(file: string, holder: Holder) {
    this.#file = file;
    this.#holder = holder;
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS).unref();
  }

  /**
   * Takes over what a dead process left; of one that cannot be looked up, after `silenceMs` (above the heartbeat's 1 s).
   * Throws ControlPlaneError STATE_LOCKED, or a system error.
   */
  static async acquire(directory: string, silenceMs: number = SILENCE_MS): Promise<StateLock> {
    const file = path.join(directory, LOCK_FILE);
    const holder: Holder = {
      id: randomUUID(),
      pid: process.pid,
      startedAt: startOf(process.pid),
      place: PLACE,
    };
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await tryCreate(file, holder)) return new StateLock(file, holder);
      const other = await readHolder(file);
      if (other === undefined) continue;
      if (await isAlive(file, other, silenceMs)) throw locked(file, other);
      await removeStale(file, other);
    }
    throw new ControlPlaneError('STATE_LOCKED', `${file}: others take it at this moment`);
  }

  /** False when another process has taken over, as it may after this one was stopped for long. */
  async holds(): Promise<boolean> {
    return (await readHolder(this.#file))?.id === this.#holder.id;
  }

  /** Only for its own lock: that of the next holder would seem alive after the next holder's death. */
  async #beat(): Promise<void> {
    try {
      if (await this.holds()) await utimes(this.#file, new Date(), new Date());
    } catch {
      // A heartbeat that fails lets others take over; `holds` finds that out before each write.
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    if (await this.holds().catch(() => false)) await rm(this.#file, { force: true });
  }
}

async function tryCreate(file: string, holder: Holder): Promise<boolean> {
  const own = `${file}.${holder.id}`;
  try {
    const handle = await open(own, 'wx', 0o600);
    await handle.writeFile(JSON.stringify(holder)).finally(() => handle.close());
    await link(own, file);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** Undefined where there is no lock; a damaged one counts as held by nobody known. */
async function readHolder(file: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { id, pid, startedAt, place } = JSON.parse(text) as Partial<Holder>;
    return { id: String(id), pid: Number(pid), startedAt: String(startedAt), place: String(place) };
  } catch {
    return { id: text, pid: 0, startedAt: '', place: '' };
  }
}

async function isAlive(file: string, holder: Holder, silenceMs: number): Promise<boolean> {
  if (holder.place === PLACE) return startOf(holder.pid) === holder.startedAt;
  const before = await modifiedAt(file);
  const deadline = performance.now() + silenceMs;
  while (performance.now() < deadline) {
    await pause(HEARTBEAT_MS / 4);
    const now = await modifiedAt(file);
    if (now !== before) return now !== undefined;
  }
  return false;
}

async function modifiedAt(file: string): Promise<bigint | undefined> {
  try {
    return (await stat(file, { bigint: true })).mtimeNs;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Moves the lock away before it is removed: another process may have taken over since it was read. */
async function removeStale(file: string, stale: Holder): Promise<void> {
  const aside = `${file}.stale.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readHolder(aside))?.id !== stale.id) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Clock ticks between boot and the start of a process; empty where there is no such process. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    return state === 'Z' || start === undefined ? '' : start;
  } catch {
    return isRunning(pid) ? 'unknown' : '';
  }
}

/** For systems without /proc. */
function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

const PLACE = placeOfPids();

function placeOfPids(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function locked(file: string, holder: Holder): ControlPlaneError {
  return new ControlPlaneError('STATE_LOCKED', `${file} is held by the control plane with pid ${holder.pid}`);
}
