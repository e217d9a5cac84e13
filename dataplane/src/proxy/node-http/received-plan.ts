/** What is to be done with a request that node:http has read. */

import type { PlanningContext } from '../request-plan.ts';
import { type Forwarding, planRequest, type RequestPlan } from '../request-plan.ts';
import { type ReadHead, type ReceivedHead, readRequestHead } from './request-head.ts';

export interface ReceivedForwarding extends Forwarding {
  head: ReadHead;
}

export interface ReceivedContext extends Omit<PlanningContext, 'listenerPort'> {
  listener: { name: string; port: number };
  maxHeadFields: number;
}

export function planReceived(
  received: ReceivedHead,
  { listener, maxHeadFields, gateway, via }: ReceivedContext,
): ReceivedForwarding | Exclude<RequestPlan, Forwarding> {
  const { head, refused } = readRequestHead(received, listener.name, maxHeadFields);
  if (refused !== undefined) return { kind: 'refuse', code: refused, route: undefined };
  const plan = planRequest(head, { gateway, via, listenerPort: listener.port });
  return plan.kind === 'forward' ? { ...plan, head } : plan;
}
