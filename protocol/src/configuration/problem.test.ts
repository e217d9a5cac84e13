import { formatProblem } from './problem.ts';

test('a problem is one line that says where, what was expected and what was found', () => {
  const problem = { source: 'edge.yaml', pointer: '/routes/0/name', expected: 'a name', found: '"Orders"' };
  expect(formatProblem(problem)).toBe('edge.yaml: /routes/0/name: expected a name, found "Orders"');
});

test('a problem of the whole document says so', () => {
  expect(formatProblem({ pointer: '', expected: 'a document', found: 'nothing' })).toBe(
    'the whole document: expected a document, found nothing',
  );
});

test('a line break in the name of a field forges no second line', () => {
  const line = formatProblem({
    pointer: '/a\n{"level":"info"}\u2028\u001b',
    expected: 'only name',
    found: 'it',
  });
  expect(line).toBe('/a\\u000a{"level":"info"}\\u2028\\u001b: expected only name, found it');
});
