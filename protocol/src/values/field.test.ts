import { isFieldName, isFieldValue, isModifiableField } from './field.ts';

test.each(['X-Request-Id', 'accept', "!#$%&'*+-.^_`|~0"])('%j is a field name', (text) => {
  expect(isFieldName(text)).toBe(true);
});

test.each(['', 'a b', 'a:', ':path', 'a\r\nb', 'é', 'a'.repeat(257)])('%j is no field name', (text) => {
  expect(isFieldName(text)).toBe(false);
});

test.each([
  'Host',
  'CONNECTION',
  'Transfer-Encoding',
  'content-length',
  'Upgrade',
  'TE',
  'Trailer',
  'Keep-Alive',
  'Proxy-Connection',
])('%s belongs to the proxy and cannot be modified', (name) => {
  expect(isFieldName(name)).toBe(true);
  expect(isModifiableField(name)).toBe(false);
});

test('a field value is printable ASCII with blanks inside only', () => {
  expect(['a', 'a b\tc', '"x"', 'a'.repeat(4096)].every(isFieldValue)).toBe(true);
  const bad = ['', ' a', 'a ', 'a\r\nb', 'a\n', 'a\0', 'é', '\x7f', 'a'.repeat(4097)];
  expect(bad.filter(isFieldValue)).toEqual([]);
});
