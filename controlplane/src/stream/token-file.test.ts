import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { Workspace } from '../fixtures/workspace.ts';
import { TokenFile } from './token-file.ts';

const log = pino({ level: 'silent' });
let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.remove());

async function opened(text: string): Promise<TokenFile> {
  const tokens = await TokenFile.open(workspace.write('tokens', text), log);
  tokens.close();
  return tokens;
}

test('a token says to which DataPlane it belongs, and a DataPlane may have two', async () => {
  const tokens = await opened('# comment\ndefault/edge first\ndefault/edge second\n\nother/edge third\n');
  expect(['first', 'second', 'third', '', 'fourth'].map((token) => tokens.admit(token)?.dataPlane)).toEqual([
    'default/edge',
    'default/edge',
    'other/edge',
    undefined,
    undefined,
  ]);
});

test.each([
  ['edge secret-value\n', 'line 1'],
  ['default/edge\n', 'line 1'],
  ['default/edge secret-value extra\n', 'line 1'],
  ['default/edge secret-value\ndefault/inner secret-value\n', 'line 2'],
])('a broken file (%j) is refused by line, without showing what may be a token', async (text, line) => {
  const error: Error = await opened(text).then(
    () => new Error('accepted'),
    (error: Error) => error,
  );
  expect(error).toMatchObject({ code: 'TOKEN_FILE_INVALID' });
  expect(error.message).toContain(line);
  expect(error.message).not.toContain('secret-value');
});

test('a changed file counts, a broken or missing one leaves the tokens known before', async () => {
  const tokens = await opened('default/edge first\n');
  const admitted = tokens.admit('first')!;
  expect(admitted.isValid()).toBe(true);
  writeFileSync(workspace.path('tokens'), 'default/edge second\n');
  await tokens.reload();
  expect(admitted.isValid()).toBe(false);
  expect([tokens.admit('first'), tokens.admit('second')?.dataPlane]).toEqual([undefined, 'default/edge']);
  writeFileSync(workspace.path('tokens'), 'nonsense\n');
  await tokens.reload();
  rmSync(workspace.path('tokens'));
  await tokens.reload();
  expect(tokens.admit('second')?.dataPlane).toBe('default/edge');
});

test('I5: a file that is being written revokes nothing', async () => {
  const tokens = await opened('default/edge first\n');
  const admitted = tokens.admit('first')!;
  const file = workspace.path('tokens');
  writeFileSync(file, '');
  const writer = setInterval(() => appendFileSync(file, '# one line more\n'), 20);
  await tokens.reload();
  clearInterval(writer);
  expect(admitted.isValid()).toBe(true);
  appendFileSync(file, 'default/edge second\n');
  await tokens.reload();
  expect(admitted.isValid()).toBe(false);
});
