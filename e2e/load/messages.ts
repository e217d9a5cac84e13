/** What a load process and the process that started it say to each other over IPC. */
import type { LoadReport, LoadSecond } from './ledger.ts';
import type { LoadPlan } from './plan.ts';

export type ToLoad = { type: 'start'; plan: LoadPlan } | { type: 'stop' };

export type FromLoad =
  /** Listening for `start`. */
  | { type: 'prepared' }
  /** The first request has been sent. */
  | { type: 'started' }
  | { type: 'second'; second: LoadSecond }
  | { type: 'report'; report: LoadReport };
