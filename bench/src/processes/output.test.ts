import { outputOf } from './output.ts';

test('the output of a program that ends well is given', async () => {
  expect(await outputOf('sh', ['-c', 'echo one; echo two'], 5_000)).toBe('one\ntwo\n');
});

test.each([
  ['fails', 'sh', ['-c', 'echo broken >&2; exit 4'], 5_000, 'sh ended with 4: broken'],
  ['takes too long', 'sleep', ['60'], 50, 'sleep ended with SIGKILL'],
  ['does not exist', '/no/such/program', [], 5_000, '/no/such/program: '],
])('a program that %s rejects', async (_title, command, args, timeoutMs, message) => {
  await expect(outputOf(command, args, timeoutMs)).rejects.toMatchObject({
    code: 'LoadFailed',
    message: expect.stringContaining(message),
  });
});
