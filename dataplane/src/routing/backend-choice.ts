/** Which of a route's backends a request goes to. */
import type { Backend } from '../upstreams/backend.ts';

export interface WeightedBackend {
  backend: Backend;
  /** 0 or more. */
  weight: number;
}

/**
 * Weighted random: it keeps no state. Round robin would begin anew in each worker and with each revision, always at the
 * heaviest backend, and a canary of 1 % would get too little for as long as the configuration changes often.
 * `random`: 0 or more, less than 1.
 */
export function backendChoice(
  backends: readonly WeightedBackend[],
  random: () => number = Math.random,
): () => Backend | undefined {
  const choices = backends.filter(({ weight }) => weight > 0);
  const only = choices.length === 1 ? choices[0]!.backend : undefined;
  if (choices.length < 2) return () => only;
  const total = choices.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let rest = random() * total;
    for (const { backend, weight } of choices) {
      rest -= weight;
      if (rest < 0) return backend;
    }
    return choices.at(-1)!.backend;
  };
}
