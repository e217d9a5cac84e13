/** Preloaded into a contender on Node.js: keeps a file a thread that says how often and how long garbage was collected. */
import { renameSync, writeFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { threadId } from 'node:worker_threads';
import type { Collections } from './collections.ts';

const WRITE_EVERY_MS = 100;

// A preloaded module has no other arguments than the query of its own address.
const file = `${new URL(import.meta.url).searchParams.get('directory')}/${process.pid}-${threadId}.json`;
const collections: Collections = { count: 0, pauseMs: 0 };

new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    collections.count += 1;
    collections.pauseMs += duration;
  }
}).observe({ entryTypes: ['gc'] });

setInterval(() => {
  writeFileSync(`${file}.next`, JSON.stringify(collections));
  // The reader finds a whole file or none.
  renameSync(`${file}.next`, file);
}, WRITE_EVERY_MS).unref();
