/** Whether this Node.js can run the program: it needs `net.BoundSocket`. */

const LEAST = [26, 4];

/** One line on what is wrong, or undefined. `version` as in `process.versions.node`. */
export function nodeVersionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > LEAST[0]! || (major === LEAST[0] && minor >= LEAST[1]!);
  return isEnough ? undefined : `Node.js ${LEAST.join('.')} or newer is needed, found ${version}`;
}
