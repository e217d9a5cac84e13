import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { PROTOCOL_ERRORS, ProtocolError, type ProtocolErrorCode } from '../errors.ts';
import {
  DEFAULT_LIMITS,
  decodeControlPlaneMessage,
  decodeInstanceMessage,
  encodeMessage,
  INSTANCE_MESSAGE_LIMITS,
} from './codec.ts';
import type { ControlPlaneMessage, InstanceMessage, Nack } from './messages.ts';

const REVISION = { lineage: '6c3e1a50', sequence: 7, hash: `sha256:${'0'.repeat(64)}` };
const OLDER = { ...REVISION, sequence: 6 };
const HELLO: InstanceMessage = {
  type: 'hello',
  instance: 'edge-1',
  dataPlane: 'default/edge',
  version: '0.1.0',
  schemaLevel: 2,
  have: REVISION,
};

const INSTANCE_MESSAGES: InstanceMessage[] = [
  HELLO,
  { type: 'hello', instance: 'edge-1', dataPlane: 'default/edge', version: '0.1.0', schemaLevel: 1 },
  { type: 'ack', revision: REVISION },
  {
    type: 'nack',
    revision: REVISION,
    have: OLDER,
    reasons: [{ code: 'Invalid', message: 'é', pointer: '/route/a' }],
  },
  {
    type: 'report',
    ready: true,
    degraded: false,
    draining: false,
    workers: { desired: 2, serving: 2 },
    requests: { total: 10, failed: 0 },
  },
];

const CONTROL_PLANE_MESSAGES: ControlPlaneMessage[] = [
  { type: 'welcome', controlPlane: 'cp-0', version: '0.1.0', schemaLevel: 2, zone: 'a' },
  { type: 'snapshot', revision: REVISION, resources: [['route/a', { name: 'a' }]] },
  {
    type: 'delta',
    from: OLDER,
    to: REVISION,
    upserts: [['backend/a', { name: 'a', endpoints: [] }]],
    removals: ['route/b'],
  },
  { type: 'current', revision: REVISION },
  {
    type: 'facts',
    complete: true,
    facts: [
      {
        kind: 'endpoints',
        name: 'orders:8080',
        version: '12',
        value: { endpoints: [{ address: '10.0.0.1', port: 80 }], fallback: { address: 'fd00::1', port: 80 } },
      },
    ],
  },
  { type: 'goaway', spreadMs: 1000, reason: 'shutting down' },
];

function codeOf(decode: () => unknown): ProtocolErrorCode | undefined {
  try {
    decode();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

describe('messages between programs of the same version', () => {
  test.each(INSTANCE_MESSAGES)('a $type of an instance arrives as it was sent', (message) => {
    expect(decodeInstanceMessage(encodeMessage(message))).toEqual(message);
  });

  test.each(CONTROL_PLANE_MESSAGES)('a $type of a control plane arrives as it was sent', (message) => {
    expect(decodeControlPlaneMessage(encodeMessage(message))).toEqual(message);
  });

  test('a message of more than 4 KiB is compressed, and arrives as it was sent', () => {
    const resources = Array.from(
      { length: 200 },
      (_, index) => [`route/r${index}`, { name: `r${index}` }] as const,
    );
    const message = { type: 'snapshot', revision: REVISION, resources } as unknown as ControlPlaneMessage;
    const data = encodeMessage(message);
    expect(Buffer.isBuffer(data)).toBe(true);
    expect(data.length).toBeLessThan(JSON.stringify(message).length / 2);
    expect(decodeControlPlaneMessage(data)).toEqual(message);
  });

  test('the longest nack that an instance can send is one that the control plane accepts', () => {
    const reason = { code: '€'.repeat(500), message: '€'.repeat(5000), pointer: `/${'€'.repeat(1023)}` };
    const nack: Nack = { type: 'nack', revision: REVISION, reasons: new Array(50).fill(reason) };
    const decoded = decodeInstanceMessage(encodeMessage(nack)) as Nack;
    expect(decoded.reasons).toHaveLength(16);
  });
});

describe('I10: messages of newer programs', () => {
  test('unknown fields are ignored', () => {
    const text = JSON.stringify({ ...HELLO, have: { ...REVISION, signature: 'x' }, compression: ['zstd'] });
    expect(decodeInstanceMessage(text)).toMatchObject({ type: 'hello', instance: 'edge-1' });
  });

  test('an unknown type has a code of its own, with which the stream goes on', () => {
    expect(codeOf(() => decodeControlPlaneMessage('{"type":"weather"}'))).toBe('UNKNOWN_TYPE');
  });

  test('a type that only the other side sends is unknown too', () => {
    expect(codeOf(() => decodeInstanceMessage('{"type":"goaway","spreadMs":1,"reason":""}'))).toBe(
      'UNKNOWN_TYPE',
    );
  });

  test.each(['constructor', '__proto__', 'toString'])('the type %j is unknown and nothing else', (type) => {
    expect(codeOf(() => decodeControlPlaneMessage(JSON.stringify({ type })))).toBe('UNKNOWN_TYPE');
  });

  test('facts of unknown kinds are left out, the others stay', () => {
    const [facts] = CONTROL_PLANE_MESSAGES.filter(({ type }) => type === 'facts');
    const known = (facts as { facts: object[] }).facts;
    const message = { ...facts, facts: [{ kind: 'certificate', name: 'shop' }, ...known] };
    expect(decodeControlPlaneMessage(JSON.stringify(message))).toEqual(facts);
  });
});

describe('messages that are refused', () => {
  test.each<[string, string | Buffer, ProtocolErrorCode]>([
    ['an empty text', '', 'NOT_JSON'],
    ['a text that is not JSON', '{"type":', 'NOT_JSON'],
    ['a list', '[]', 'NOT_JSON'],
    ['null', 'null', 'NOT_JSON'],
    ['no type', '{}', 'INVALID_MESSAGE'],
    ['a number as type', '{"type":1}', 'INVALID_MESSAGE'],
    ['a binary message that is not gzip', Buffer.from('{"type":"hello"}'), 'NOT_GZIP'],
    ['an empty binary message', Buffer.alloc(0), 'NOT_GZIP'],
    ['gzip cut off', gzipSync(JSON.stringify(HELLO)).subarray(0, 40), 'NOT_GZIP'],
    ['gzip of what is not UTF-8', gzipSync(Buffer.from([0x22, 0xff, 0x22])), 'NOT_UTF8'],
    ['too deep nesting', `{"type":${'['.repeat(100)}${']'.repeat(100)}}`, 'TOO_DEEP'],
  ])('%s is refused with its own code', (_title, data, code) => {
    expect(codeOf(() => decodeInstanceMessage(data))).toBe(code);
    expect(codeOf(() => decodeControlPlaneMessage(data))).toBe(code);
  });

  test('megabytes of opening brackets are refused before they are parsed', () => {
    expect(codeOf(() => decodeControlPlaneMessage('['.repeat(DEFAULT_LIMITS.maxMessageBytes)))).toBe(
      'TOO_DEEP',
    );
  });

  test('a text is bounded in bytes, not in characters', () => {
    const text = JSON.stringify('€'.repeat(40));
    for (const limits of [
      { maxMessageBytes: 100, maxDecodedBytes: 1000 },
      { maxMessageBytes: 1000, maxDecodedBytes: 100 },
    ]) {
      expect(codeOf(() => decodeInstanceMessage(text, limits))).toBe('MESSAGE_TOO_LARGE');
    }
  });

  test('a decompression bomb is ended at the bound', () => {
    const bomb = gzipSync(Buffer.alloc(INSTANCE_MESSAGE_LIMITS.maxDecodedBytes + 1, ' '));
    expect(bomb.length).toBeLessThan(1024);
    expect(codeOf(() => decodeInstanceMessage(bomb))).toBe('MESSAGE_TOO_LARGE');
  });

  test('a compressed message is bounded before it is decompressed', () => {
    const limits = { maxMessageBytes: 10, maxDecodedBytes: 1000 };
    expect(codeOf(() => decodeInstanceMessage(gzipSync(JSON.stringify(HELLO)), limits))).toBe(
      'MESSAGE_TOO_LARGE',
    );
  });

  test.each<[string, object, string]>([
    ['a hello without an instance', { ...HELLO, instance: undefined }, '/instance'],
    ['a hello for two data planes', { ...HELLO, dataPlane: 'a/b/c' }, '/dataPlane'],
    ['a hello from level 0', { ...HELLO, schemaLevel: 0 }, '/schemaLevel'],
    [
      'a hello with a sequence that is no integer',
      { ...HELLO, have: { ...REVISION, sequence: 1.5 } },
      '/have/sequence',
    ],
    ['a hello with a cut hash', { ...HELLO, have: { ...REVISION, hash: 'sha256:00' } }, '/have/hash'],
    ['an ack without revision', { type: 'ack' }, '/revision'],
    ['a nack without reasons', { type: 'nack', revision: REVISION, reasons: [] }, '/reasons'],
  ])('%s is refused by pointer', (_title, message, pointer) => {
    expect(() => decodeInstanceMessage(JSON.stringify(message))).toThrow(
      expect.objectContaining({ code: 'INVALID_MESSAGE', pointer }),
    );
  });

  test.each<[string, object, string]>([
    [
      'an entry that is only a key',
      { type: 'snapshot', revision: REVISION, resources: [['route/a']] },
      '/resources/0',
    ],
    [
      'a key without kind',
      { type: 'snapshot', revision: REVISION, resources: [['a', {}]] },
      '/resources/0/0',
    ],
    [
      'a resource that is no object',
      { type: 'snapshot', revision: REVISION, resources: [['route/a', 1]] },
      '/resources/0/1',
    ],
    [
      'a fact about no address',
      {
        type: 'facts',
        complete: true,
        facts: [
          { kind: 'endpoints', name: 'a:1', version: '', value: { endpoints: [{ address: 'a', port: 1 }] } },
        ],
      },
      '/facts/0/value/endpoints/0/address',
    ],
    ['a goaway without end', { type: 'goaway', spreadMs: 1e12, reason: '' }, '/spreadMs'],
  ])('%s is refused by pointer', (_title, message, pointer) => {
    expect(() => decodeControlPlaneMessage(JSON.stringify(message))).toThrow(
      expect.objectContaining({ code: 'INVALID_MESSAGE', pointer }),
    );
  });
});

describe('whatever comes from the network', () => {
  /** Decodes with both sides; anything thrown but a ProtocolError fails the test. */
  function decodeBoth(data: string | Buffer): void {
    for (const decode of [decodeInstanceMessage, decodeControlPlaneMessage]) {
      const code = codeOf(() => decode(data));
      if (code !== undefined) expect(Object.hasOwn(PROTOCOL_ERRORS, code)).toBe(true);
    }
  }

  const valid = fc.constantFrom(...INSTANCE_MESSAGES, ...CONTROL_PLANE_MESSAGES);

  test('random bytes and random texts give a message or a ProtocolError', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => decodeBoth(Buffer.from(bytes))));
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), decodeBoth));
  });

  test('valid messages with bytes changed, compressed or not, give a message or a ProtocolError', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(valid, changes, fc.boolean(), (message, places, compress) => {
        const text = Buffer.from(JSON.stringify(message));
        const bytes = compress ? gzipSync(text) : text;
        for (const [place, byte] of places) bytes[place % bytes.length] = byte;
        decodeBoth(compress ? bytes : bytes.toString('latin1'));
      }),
      { numRuns: 500 },
    );
  });

  test('valid messages cut off anywhere give a message or a ProtocolError', () => {
    fc.assert(
      fc.property(valid, fc.nat(), fc.boolean(), (message, place, compress) => {
        const text = JSON.stringify(message);
        const bytes = compress ? gzipSync(text) : text;
        decodeBoth(bytes.slice(0, place % bytes.length));
      }),
    );
  });

  test('valid messages with any value in any field give a message or a ProtocolError', () => {
    fc.assert(
      fc.property(valid, fc.nat(), fc.jsonValue(), (message, place, value) => {
        const fields = Object.keys(message);
        decodeBoth(JSON.stringify({ ...message, [fields[place % fields.length]!]: value }));
      }),
      { numRuns: 500 },
    );
  });
});
