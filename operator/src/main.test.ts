import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

function start(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; stdout: string; stderr: string }>();
  execFile(process.execPath, [MAIN, ...args], { timeout: 30_000, env: {} }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return promise;
}

test('a setting that is missing is one line on stderr and exit code 2', async () => {
  const { code, stdout, stderr } = await start([]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toBe(
    'holdfast: --namespace: not given, and HOLDFAST_NAMESPACE is not set; it is required\n',
  );
}, 40_000);

test('the help is on stdout and exit code 0', async () => {
  expect(await start(['--help'])).toMatchObject({ code: 0, stderr: '' });
}, 40_000);
