import fc from 'fast-check';
import { jsonLines } from './json-lines.ts';

async function* inPieces(text: string, cuts: number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  for (const [index, end] of [...places, bytes.length].entries())
    yield bytes.subarray(places[index - 1] ?? 0, end);
}

async function all(chunks: AsyncIterable<Buffer>, maxBytes = 1_000): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(chunks, maxBytes)) values.push(value);
  return values;
}

test('the lines are the same however the chunks cut them, characters included', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 5 }),
      fc.array(fc.nat(500)),
      async (values, cuts) => {
        const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
        const expected = JSON.parse(JSON.stringify(values)) as unknown[];
        expect(await all(inPieces(text, cuts), 1_000_000)).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
});

test.each([
  ['{"a":1}\n{"b"', 'cut off'],
  ['nonsense\n', 'not JSON'],
  [`"${'x'.repeat(2_000)}`, 'more than 1000 bytes'],
])('%# a stream that cannot be trusted is an error that says why', async (text, message) => {
  await expect(all(inPieces(text, [1]))).rejects.toMatchObject({
    reason: 'AnswerInvalid',
    message: expect.stringContaining(message),
  });
});
