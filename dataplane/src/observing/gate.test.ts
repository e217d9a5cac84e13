import { Gate } from './gate.ts';

test('no more jobs run at once than may, in the order they came, and one that fails makes room too', async () => {
  const gate = new Gate(2);
  const jobs = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const ended = jobs.map(({ promise }, index) =>
    gate.run(() => {
      started.push(index);
      return promise;
    }),
  );
  expect(started).toEqual([0, 1]);
  jobs[1]!.reject(new Error('broken'));
  await expect(ended[1]).rejects.toThrow('broken');
  expect(started).toEqual([0, 1, 2]);
  for (const index of [0, 2, 3, 4]) jobs[index]!.resolve();
  await Promise.all([0, 2, 3, 4].map((index) => ended[index]));
  expect(started).toEqual([0, 1, 2, 3, 4]);
});
