import { proportionalMegabytes, readPss } from './memory.ts';

test('the proportional size is read, not its parts', () => {
  expect(readPss('0-1 ---p 0 0 [rollup]\nRss:  900 kB\nPss:  345 kB\nPss_Anon:  12 kB\n')).toBe(345);
});

test('a kernel that does not say it is no process without memory', () => {
  expect(() => readPss('Rss: 900 kB\n')).toThrow('no Pss');
});

test('this process has some megabytes', () => {
  expect(proportionalMegabytes([process.pid])).toBeGreaterThan(5);
});
