/** A/A: plain nginx stands in every round twice, and a round that tells the two apart tells nothing. */
import { NGINX, NGINX_AGAIN } from '../contenders/nginx.ts';
import { apart } from '../statistics/median.ts';

const TOLERANCE = 0.05;

export function sameTwice(round: ReadonlyMap<string, { cpuUs: number }>): string | undefined {
  const [once, again] = [NGINX, NGINX_AGAIN].map(({ name }) => round.get(name)!.cpuUs);
  const difference = apart(once!, again!);
  if (difference <= TOLERANCE) return undefined;
  const percent = (difference * 100).toFixed(1);
  return `nginx took ${once!.toFixed(2)} us and ${again!.toFixed(2)} us CPU a request, ${percent} % apart, and 5 % is the bound`;
}
