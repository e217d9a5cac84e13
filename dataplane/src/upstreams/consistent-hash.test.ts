import type { PickContext, Target } from './backend.ts';
import { ConsistentHash } from './consistent-hash.ts';
import { TargetRegistry } from './target-registry.ts';

const registry = new TargetRegistry();
const upstream = registry.upstream('one');
const TARGETS = Array.from({ length: 10 }, (_, index) =>
  registry.target(upstream, { address: '10.0.0.1', port: index + 1 }),
);
const request = (clientAddress: string, user?: string): PickContext => ({
  clientAddress,
  header: (name) => (name === 'x-user' ? user : undefined),
});
const users = Array.from({ length: 200 }, (_, index) => `user-${index}`);

test('requests of one source address go to one target, and those of many to all', () => {
  const balancer = new ConsistentHash({ type: 'SourceAddress' });
  const choose = (address: string) => balancer.choose(TARGETS, [], undefined, request(address))!;
  const chosen = users.map((_, index) => choose(`10.1.0.${index}`));
  expect(users.map((_, index) => choose(`10.1.0.${index}`))).toEqual(chosen);
  expect(new Set(chosen).size).toBe(10);
});

test('a header decides, whatever case its name is configured in, and the address does not', () => {
  const balancer = new ConsistentHash({ type: 'Header', header: 'X-User' });
  for (const user of users) {
    const [one, other] = ['10.1.0.1', '10.1.0.2'].map((address) =>
      balancer.choose(TARGETS, [], undefined, request(address, user)),
    );
    expect(one).toBe(other);
  }
});

test('requests without the header are spread over all targets', () => {
  const balancer = new ConsistentHash({ type: 'Header', header: 'x-user' });
  const chosen = new Set(users.map(() => balancer.choose(TARGETS, [], undefined, request('10.1.0.1'))));
  expect(chosen.size).toBe(10);
});

test('where the target of a key is closed one other takes all of its requests, and those of other keys stay', () => {
  const balancer = new ConsistentHash({ type: 'Header', header: 'x-user' });
  const choose = (user: string, tried: Target[]) =>
    balancer.choose(TARGETS, tried, undefined, request('10.1.0.1', user));
  const closed = TARGETS[4]!;
  for (const user of users) {
    const before = choose(user, []);
    const after = choose(user, [closed]);
    if (before === closed) expect(choose(user, [closed])).toBe(after);
    else expect(after).toBe(before);
  }
});

test('the one open target of very many is found, however far round the ring it is', () => {
  const many = Array.from({ length: 500 }, (_, index) =>
    registry.target(upstream, { address: '10.0.0.2', port: index + 1 }),
  );
  const balancer = new ConsistentHash({ type: 'Header', header: 'x-user' });
  const open = many[250]!;
  const closed = many.filter((target) => target !== open);
  for (const user of users.slice(0, 20)) {
    expect(balancer.choose(many, closed, undefined, request('10.1.0.1', user))).toBe(open);
  }
  expect(balancer.choose(many, many, undefined, request('10.1.0.1', 'a'))).toBeUndefined();
});
