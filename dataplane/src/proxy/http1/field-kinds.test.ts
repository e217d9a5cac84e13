import { FieldKind, fieldKind } from './field-kinds.ts';

function kindOf(name: string): number {
  return fieldKind(Buffer.from(name), 0, name.length, name.includes('_'));
}

test.each([
  ['Host', FieldKind.host],
  ['hOsT', FieldKind.host],
  ['Content-Length', FieldKind.contentLength],
  ['TRANSFER-ENCODING', FieldKind.transferEncoding],
  ['connection', FieldKind.connection],
  ['Keep-Alive', FieldKind.keepAlive],
  ['TE', FieldKind.te],
  ['Proxy-Authorization', FieldKind.hopByHop],
  ['X-Forwarded-For', FieldKind.vouchedFor],
  ['X-Forwarded-Anything', FieldKind.vouchedFor],
  ['Forwarded', FieldKind.vouchedFor],
  ['X-Real-IP', FieldKind.vouchedFor],
  ['X-Request-Id', FieldKind.requestId],
])('%s is known in any case', (name, kind) => {
  expect(kindOf(name)).toBe(kind);
});

test.each(['X_Forwarded_For', 'x-real_ip', 'Content_Length', 'TRANSFER_ENCODING', 'X_Request_Id'])(
  '%s, which some programs read as the real field, is taken for what the gateway vouches for',
  (name) => {
    expect(kindOf(name)).toBe(FieldKind.vouchedFor);
  },
);

test.each([
  'Hose',
  'Hosts',
  'Accept',
  'Cookie',
  'User-Agent',
  'X-Forwarde',
  'Harmless_Name',
  'A',
  'Connexion!',
])('%s is an ordinary field', (name) => {
  expect(kindOf(name)).toBe(FieldKind.ordinary);
});
