import fc from 'fast-check';
import { hashResources } from '../revision/hash.ts';
import { readDocuments } from './documents.ts';
import { formatProblem } from './problem.ts';

const BACKEND = { name: 'orders', endpoints: [{ address: '10.0.0.1', port: 8080, zone: 'a' }] };
const ROUTE = { name: 'orders', backendRefs: [{ name: 'orders' }] };

/** Lines of the problems of one document; none where it is read. */
function problemsOf(value: unknown, level?: number): string[] {
  return readDocuments([{ source: 'edge.yaml', value }], level).problems.map((problem) =>
    formatProblem(problem).replace('edge.yaml: ', ''),
  );
}

const EVERYTHING = {
  routes: [
    {
      name: 'orders',
      listeners: ['http'],
      hostnames: ['shop.example.com', '*.shop.example.com'],
      matches: [
        {
          path: { type: 'PathPrefix', value: '/orders' },
          method: 'GET',
          headers: [{ type: 'Exact', name: 'X-Version', value: '2' }],
          queryParams: [{ name: 'page', value: '1' }],
        },
        { path: { type: 'PathPrefix', value: '/' } },
      ],
      filters: [
        {
          type: 'RequestHeaderModifier',
          requestHeaderModifier: { set: [{ name: 'X-A', value: 'a' }], add: [], remove: ['X-B'] },
        },
        { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['Server'] } },
        {
          type: 'URLRewrite',
          urlRewrite: { hostname: 'a.example', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '' } },
        },
      ],
      backendRefs: [
        { name: 'orders', weight: 90 },
        { name: 'service', weight: 0 },
      ],
      timeouts: { request: '10s', backendRequest: '3s' },
    },
    {
      name: 'moved',
      filters: [
        {
          type: 'RequestRedirect',
          requestRedirect: {
            scheme: 'https',
            hostname: 'new.example',
            port: 443,
            statusCode: 308,
            path: { type: 'ReplaceFullPath', replaceFullPath: '/new' },
          },
        },
      ],
    },
    { name: 'nothing' },
  ],
  backends: [
    BACKEND,
    { name: 'service', service: { name: 'orders', port: 80 }, loadBalancing: { policy: 'LeastRequest' } },
  ],
};

describe('documents that hold together', () => {
  test('everything that a document can say is read', () => {
    const { resources, problems } = readDocuments([{ source: 'edge.yaml', value: EVERYTHING }]);
    expect(problems).toEqual([]);
    expect([...resources!.keys()].sort()).toEqual([
      'backend/orders',
      'backend/service',
      'route/moved',
      'route/nothing',
      'route/orders',
    ]);
    expect(resources!.get('route/orders')!.resource).toBe(EVERYTHING.routes[0]);
  });

  test('several documents merge, and refer to each other', () => {
    const apart = readDocuments([
      { source: 'a.yaml', value: { routes: EVERYTHING.routes } },
      { source: 'b.yaml', value: { backends: EVERYTHING.backends } },
    ]);
    const together = readDocuments([{ source: 'edge.yaml', value: EVERYTHING }]);
    expect(hashResources(apart.resources!)).toBe(hashResources(together.resources!));
  });

  test('an explicit empty list of routes empties the configuration', () => {
    expect(readDocuments([{ source: 'edge.yaml', value: { routes: [] } }]).resources?.size).toBe(0);
  });

  test('names that objects have by nature are names like others', () => {
    expect(problemsOf({ routes: [{ name: 'constructor' }, { name: 'valueof' }] })).toEqual([]);
  });
});

describe('I5: what is unknown is never read as empty', () => {
  test.each([
    ['null, as an empty file gives', null],
    ['undefined', undefined],
    ['an empty object', {}],
  ])('%s is a problem', (_title, value) => {
    expect(problemsOf(value)).toEqual([
      'the whole document: expected a document with routes or backends, found an empty document',
    ]);
  });

  test('no document at all is a problem', () => {
    expect(readDocuments([]).problems).toEqual([
      expect.objectContaining({ pointer: '/routes', found: 'no document' }),
    ]);
  });

  test('documents of which none has routes are a problem', () => {
    expect(problemsOf({ backends: [BACKEND] })).toEqual([
      '/routes: expected a list of routes in at least one document; `routes: []` for none, found nothing',
    ]);
  });

  test('an empty document beside a good one holds everything back', () => {
    const result = readDocuments([
      { source: 'a.yaml', value: EVERYTHING },
      { source: 'b.yaml', value: null },
    ]);
    expect(result.resources).toBeUndefined();
    expect(result.problems).toEqual([expect.objectContaining({ source: 'b.yaml', pointer: '' })]);
  });

  test('`routes:` without a value is not an empty list', () => {
    expect(problemsOf({ routes: null })).toEqual([
      '/routes: expected a list of at most 50000 routes, found null',
    ]);
  });

  test.each(['text', 5, [EVERYTHING], new Date(0)])('%j is no document', (value) => {
    expect(problemsOf(value)).toHaveLength(1);
  });
});

describe('resources against each other', () => {
  test('a duplicate names both places', () => {
    const { problems } = readDocuments([
      { source: 'a.yaml', value: { routes: [ROUTE], backends: [BACKEND] } },
      { source: 'b.yaml', value: { routes: [{ name: 'other' }, ROUTE] } },
    ]);
    expect(problems.map(formatProblem)).toEqual([
      'b.yaml: /routes/1/name: expected a name that no other route of the DataPlane has, found "orders", which a.yaml has at /routes/0',
    ]);
  });

  test('a route and a backend may have the same name', () => {
    expect(problemsOf({ routes: [ROUTE], backends: [BACKEND] })).toEqual([]);
  });

  test('a reference to no backend is named', () => {
    expect(problemsOf({ routes: [ROUTE] })).toEqual([
      '/routes/0/backendRefs/0/name: expected the name of a backend of this configuration, found "orders"',
    ]);
  });

  test('a reference to a broken backend is no second problem', () => {
    expect(problemsOf({ routes: [ROUTE], backends: [{ name: 'orders' }] })).toEqual([
      '/backends/0: expected exactly one of endpoints, service and dns, found none of them',
    ]);
  });

  test('names and references of bad form are each one problem, however often they stand', () => {
    const bad = { name: 'A b' };
    const routes = [bad, bad, { name: 'c', backendRefs: [bad] }];
    const { problems } = readDocuments([{ source: 'a', value: { routes } }]);
    expect(problems.map(({ pointer }) => pointer)).toEqual([
      '/routes/0/name',
      '/routes/1/name',
      '/routes/2/backendRefs/0/name',
    ]);
  });

  test('each of several mistakes is one problem, in the order of the document', () => {
    const routes = [{ ...ROUTE, hostnames: ['A.example'], retry: [] }, { name: 'Bad name' }, 'not a route'];
    const pointers = readDocuments([{ source: 'a', value: { routes, backends: [BACKEND] } }]).problems.map(
      ({ pointer }) => pointer,
    );
    expect(pointers).toEqual(['/routes/0/hostnames/0', '/routes/0/retry', '/routes/1/name', '/routes/2']);
  });

  test('of very many problems the first 100 are told', () => {
    const routes = Array.from({ length: 1000 }, () => ({ name: '' }));
    expect(problemsOf({ routes })).toHaveLength(100);
  });
});

test('a field named __proto__ is refused by its name and pollutes nothing', () => {
  const document: unknown = JSON.parse(
    '{"routes":[{"name":"a","__proto__":{"retry":1}}],"__proto__":{"backends":[]}}',
  );
  expect(problemsOf(document)).toEqual([
    '/__proto__: expected only routes, backends, found the field "__proto__"',
    expect.stringContaining('/routes/0/__proto__: expected only name'),
  ]);
  expect(({} as Record<string, unknown>).retry).toBeUndefined();
});

test('certificates are refused by pointer', () => {
  expect(problemsOf({ routes: [], certificates: [] })).toEqual([
    '/certificates: expected only routes, backends; certificates are not supported yet, found the field "certificates"',
  ]);
});

test('a date, as YAML reads some texts, is refused by pointer', () => {
  expect(problemsOf({ routes: [{ name: 'a', timeouts: new Date(0) }] })).toEqual([
    '/routes/0/timeouts: expected what JSON can carry, found an instance of Date',
  ]);
});

test('50,000 routes are the bound over all documents', () => {
  const part = (from: number, count: number) => ({
    source: `${from}`,
    value: { routes: Array.from({ length: count }, (_, index) => ({ name: `r${from + index}` })) },
  });
  expect(readDocuments([part(0, 30_000), part(30_000, 20_001)]).problems.map(formatProblem)).toEqual([
    '/routes: expected at most 50000 of them in all documents, found 50001',
  ]);
});

describe('I10: a program of an older level', () => {
  test('refuses by pointer what came later', () => {
    expect(problemsOf(EVERYTHING, 1)).toEqual([
      '/routes/0/filters/2: expected what schema level 1 knows, found URLRewrite, which came with level 2',
      '/backends/1/loadBalancing: expected what schema level 1 knows, found loadBalancing, which came with level 2',
      '/backends/1/service: expected what schema level 1 knows, found service, which came with level 2',
    ]);
  });

  test('reads what it knows', () => {
    expect(problemsOf({ routes: [ROUTE], backends: [BACKEND] }, 1)).toEqual([]);
  });
});

describe('whatever a document holds', () => {
  /** Replaces one place of the valid document, chosen by `path`, with `value`. */
  function mutate(path: readonly number[], value: unknown): unknown {
    const root = { document: structuredClone(EVERYTHING) as unknown };
    let parent: Record<string, unknown> = root;
    let key = 'document';
    for (const step of path) {
      const child = parent[key];
      if (typeof child !== 'object' || child === null) break;
      const keys = Object.keys(child);
      if (keys.length === 0) break;
      parent = child as Record<string, unknown>;
      key = keys[step % keys.length]!;
    }
    parent[key] = value;
    return root.document;
  }

  const anything = fc.oneof(
    fc.jsonValue(),
    fc.anything({
      withDate: true,
      withMap: true,
      withBigInt: true,
      withNullPrototype: true,
      withSparseArray: true,
    }),
  );

  test('it is read or refused with problems, and never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 9 }), anything, (path, value) => {
        const { resources, problems } = readDocuments([{ source: 'a', value: mutate(path, value) }]);
        expect(resources === undefined).toBe(problems.length > 0);
        for (const { expected, found } of problems) {
          expect(expected).not.toBe('');
          expect(found).not.toBe('');
        }
        const pointers = problems.map(({ pointer }) => pointer);
        expect(new Set(pointers).size).toBe(pointers.length);
      }),
      { numRuns: 1000 },
    );
  });
});
