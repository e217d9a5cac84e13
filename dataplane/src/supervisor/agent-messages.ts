/** What supervisor and agent say to each other over the agent thread's message port. */
import type { ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import type { FactKey } from '@holdfast/protocol/facts/facts.ts';
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { RevisionOrigin } from '@holdfast/protocol/status/status-document.ts';
import type { Reason, Report } from '@holdfast/protocol/stream/messages.ts';

export interface AgentSettings {
  instance: string;
  /** `NAMESPACE/NAME` */
  dataPlane: string;
  version: string;
  schemaLevel: number;
  /** `ws://` or `wss://` URLs with their path. */
  controlPlanes: string[];
  /** Absent: nothing is cached on disk. */
  cacheDirectory?: string;
  /** Absent: without disk and stream there is nothing to serve. */
  bootstrapDirectory?: string;
  tokenFile?: string;
  logLevel: string;
  /** Where the control plane does not know it. */
  zone?: string;
  /** Endpoints that failed the checks of a predecessor, by backend: the others are taken for healthy at first. */
  unhealthy?: [backend: string, endpoints: string[]][];
  /** What the instance serves already, when the agent is a replacement: it goes on from there. */
  serving?: {
    revision: RevisionId;
    origin: RevisionOrigin;
    /** Not promoted: nobody may take it for the last good one. */
    trial: boolean;
    resources: [ResourceKey, string][];
    facts: [FactKey, string][];
  };
}

/** One change of what serves. The texts are opaque to the supervisor. */
export interface Transaction {
  /** What serves when it is applied; null: facts only, no revision yet. */
  revision: RevisionId | null;
  origin: RevisionOrigin;
  trial: boolean;
  /** True: whatever is not put here is deleted. */
  complete: boolean;
  putResources: [ResourceKey, json: string][];
  deleteResources: ResourceKey[];
  putFacts: [FactKey, json: string][];
  deleteFacts: FactKey[];
}

export type AgentToSupervisor =
  | { type: 'apply'; transaction: Transaction }
  /** What serves on trial is on trial no more. */
  | { type: 'promoted'; revision: RevisionId }
  | { type: 'controlPlane'; connected: boolean; endpoint: string | null; since: string }
  /** A revision was refused before any worker saw it. */
  | { type: 'refused'; revision: RevisionId | null; origin: RevisionOrigin; reasons: Reason[] }
  /** The endpoints of a backend that fail its active health checks, all of them, by `address:port`. */
  | { type: 'health'; backend: string; unhealthy: string[] }
  /** Counters of the agent since its previous message of this type. Sent each second: an agent silent for 30 s is restarted. */
  | { type: 'metrics'; sample: AgentSample };

export interface AgentSample {
  connects: number;
  connectFailures: number;
  messages: { type: string; count: number; bytes: number }[];
  cacheFailures: number;
  bootstrapFailures: number;
  /** Active health checks, by how they ended. */
  healthChecks: { good: number; failed: number };
  /** Names that could not be resolved. */
  dnsFailures: number;
}

export type SupervisorToAgent =
  /** Every serving worker has it. */
  | { type: 'served'; revision: RevisionId }
  /** A worker refused it; all go on with what they had. */
  | { type: 'refused'; revision: RevisionId; reasons: Reason[] }
  /** Health figures to send to the control plane. */
  | { type: 'report'; report: Report }
  /** Close the stream and the cache; the agent ends by itself within a second. */
  | { type: 'stop' };
