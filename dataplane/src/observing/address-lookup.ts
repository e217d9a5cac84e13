/** The addresses of a name, and how long they hold: as DNS says, or as the machine resolves names where DNS knows none. */
import { lookup, Resolver } from 'node:dns/promises';

export interface Resolved {
  /** IPv4 addresses, or IPv6 ones where there is none. Never empty. */
  addresses: string[];
  ttlMs: number;
}

/** Rejects where the name has no address, or nobody answers. */
export type AddressLookup = (hostname: string) => Promise<Resolved>;

/** What the machine's own files and search domains say has no TTL. */
const UNKNOWN_TTL_MS = 5_000;
const QUERY_TIMEOUT_MS = 1_000;
const QUERY_TRIES = 2;

interface TimedAddress {
  address: string;
  ttl: number;
}

/** `servers`: as `dns.setServers` takes them; absent: the machine's. */
export function createAddressLookup(servers?: readonly string[]): AddressLookup {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  return async (hostname) => {
    try {
      return fromRecords(await records(resolver, hostname));
    } catch (error) {
      if (isSilence(error)) throw error;
      return fromMachine(hostname);
    }
  };
}

async function records(resolver: Resolver, hostname: string): Promise<TimedAddress[]> {
  try {
    return await resolver.resolve4(hostname, { ttl: true });
  } catch (error) {
    if (isSilence(error)) throw error;
    return resolver.resolve6(hostname, { ttl: true });
  }
}

function fromRecords(found: readonly TimedAddress[]): Resolved {
  const ttl = Math.min(...found.map((record) => record.ttl));
  return { addresses: found.map(({ address }) => address), ttlMs: ttl * 1_000 };
}

async function fromMachine(hostname: string): Promise<Resolved> {
  const found = await lookup(hostname, { all: true });
  const first = found.some(({ family }) => family === 4) ? 4 : 6;
  const addresses = found.filter(({ family }) => family === first).map(({ address }) => address);
  return { addresses, ttlMs: UNKNOWN_TTL_MS };
}

/** Asking the machine's resolver as well would hold one of the few threads that files need, and say the same later. */
function isSilence(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ETIMEOUT';
}
