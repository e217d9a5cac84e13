/** What the API server says of an object that it refuses, as kubectl shows it. */

/** The API server adds it to an error of the schema, as it then leaves out the CEL rules. */
const RULES_LEFT_OUT = 'some validation rules were not checked because the object was invalid';

/** One line for each problem: `spec.replicas: Invalid value: -1: should be ...`. */
export function problemsOf(stderr: string): string[] {
  return stderr
    .replace(/^.*? is invalid: /s, '')
    .replace(/^Error from server .*?(?=strict decoding error)/s, '')
    .split('\n')
    .map((line) => line.replace(/^\* /, '').trim())
    .filter((line) => line !== '' && !line.includes(RULES_LEFT_OUT));
}

/** Whether `problem` is the one that `expected` describes, as `PLACE: MESSAGE`; what was found may stand between the two. */
export function isExpected(problem: string, expected: string): boolean {
  const place = expected.slice(0, expected.indexOf(': '));
  return problem.startsWith(`${place}: `) && problem.includes(expected.slice(place.length + 2));
}
