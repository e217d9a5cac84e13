import { setImmediate as turn } from 'node:timers/promises';
import { ConfigurationFeed } from './configuration-feed.ts';
import { ConfigurationMirror } from './configuration-mirror.ts';
import { revision, transaction } from './fixtures/pool-under-test.ts';
import type { SupervisorToWorker } from './worker-messages.ts';

/** A feed whose channel takes each message only when the test lets it. */
class FeedUnderTest {
  readonly mirror = new ConfigurationMirror();
  readonly sent: SupervisorToWorker[] = [];
  readonly feed: ConfigurationFeed;
  #taken: (() => void) | undefined;

  constructor() {
    const send = (message: SupervisorToWorker) => {
      this.sent.push(message);
      return new Promise<void>((resolve) => {
        this.#taken = resolve;
      });
    };
    this.feed = new ConfigurationFeed({ mirror: this.mirror, send, onUnanswered: () => {} });
  }

  apply(...args: Parameters<typeof transaction>): void {
    this.feed.push(this.mirror.apply(transaction(...args)));
  }

  /** The channel takes what was sent last; resolves when the feed has sent what it can then. */
  async takeOne(): Promise<void> {
    this.#taken?.();
    await turn();
  }

  get last(): SupervisorToWorker | undefined {
    return this.sent.at(-1);
  }
}

let under: FeedUnderTest;

beforeEach(() => {
  under = new FeedUnderTest();
});

afterEach(() => under.feed.close());

test('a message is sent only when the channel has taken the one before, and what changes meanwhile is committed with it', async () => {
  under.apply(1, { 'route/a': '1' });
  for (let sequence = 2; sequence <= 100; sequence += 1)
    under.apply(sequence, { 'route/a': String(sequence) });
  expect(under.sent).toEqual([{ type: 'put', resources: [['route/a', '1']], facts: [] }]);
  await under.takeOne();
  expect(under.last).toEqual({ type: 'put', resources: [['route/a', '100']], facts: [] });
  await under.takeOne();
  expect(under.last).toEqual({ type: 'commit', revision: revision(100) });
});

test('nothing is sent while a commit is unanswered', async () => {
  under.apply(1, { 'route/a': '1' });
  for (const _ of ['put', 'commit']) await under.takeOne();
  under.apply(2, { 'route/a': '2' });
  await turn();
  expect(under.last).toEqual({ type: 'commit', revision: revision(1) });
  under.feed.served(revision(1));
  expect(under.last).toEqual({ type: 'put', resources: [['route/a', '2']], facts: [] });
});

test('what a worker has dropped with a refused commit is sent again', async () => {
  under.apply(1, { 'route/a': '1', 'route/broken': '' });
  for (const _ of ['put', 'commit']) await under.takeOne();
  under.apply(2, {}, { deleteResources: ['route/broken'] });
  under.feed.refused();
  under.feed.resume();
  expect(under.last).toEqual({ type: 'put', resources: [['route/a', '1']], facts: [] });
  await under.takeOne();
  expect(under.last).toEqual({ type: 'delete', resources: ['route/broken'], facts: [] });
});

test('facts wait for the first revision and go with it', async () => {
  under.apply(1, {}, { revision: null, putFacts: [['endpoints/x', '1']] });
  expect(under.sent).toEqual([]);
  under.apply(1, { 'route/a': '1' });
  expect(under.sent).toEqual([{ type: 'put', resources: [['route/a', '1']], facts: [['endpoints/x', '1']] }]);
});

test('I1: a worker that serves is not taken back to nothing when a first revision is given up', async () => {
  under.apply(1, { 'route/a': '1' });
  for (const _ of ['put', 'commit']) await under.takeOne();
  under.feed.served(revision(1));
  under.feed.push(under.mirror.revert());
  expect(under.last).toEqual({ type: 'commit', revision: revision(1) });
  under.apply(2, { 'route/b': '2' });
  expect(under.last).toEqual({ type: 'put', resources: [['route/b', '2']], facts: [] });
  await under.takeOne();
  expect(under.last).toEqual({ type: 'delete', resources: ['route/a'], facts: [] });
});
