import { MalformedResponse, readResponse } from './response.ts';

const read = (text: string, ended = false) => readResponse(Buffer.from(text, 'latin1'), ended);

test('a response with a length is complete with its last byte, not before', () => {
  const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
  for (let length = 0; length < whole.length; length += 1)
    expect(read(whole.slice(0, length))).toBeUndefined();
  expect(read(whole)).toMatchObject({ status: 200, reusable: true, body: Buffer.from('hello') });
});

test('a chunked response is complete after its trailers, not before', () => {
  const whole =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\n';
  for (let length = 0; length < whole.length; length += 1)
    expect(read(whole.slice(0, length))).toBeUndefined();
  expect(read(whole)).toMatchObject({ body: Buffer.from('abcde'), reusable: true });
});

test('a body without length lasts to the end of the connection, which carries nothing more', () => {
  expect(read('HTTP/1.1 200 OK\r\n\r\nabc')).toBeUndefined();
  expect(read('HTTP/1.1 200 OK\r\n\r\nabc', true)).toMatchObject({
    body: Buffer.from('abc'),
    reusable: false,
  });
});

test('the end of the connection inside a body with a length completes nothing', () => {
  expect(read('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', true)).toBeUndefined();
});

test('interim responses are skipped', () => {
  expect(read('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n')).toMatchObject({
    status: 204,
  });
});

test.each(['close', 'Close', 'foo, close'])('Connection: %s ends the use of the connection', (value) => {
  expect(read(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: ${value}\r\n\r\n`)).toMatchObject({
    reusable: false,
  });
});

test.each([
  'HTTP/2 200\r\n\r\n',
  'HTTP/1.1 abc\r\n\r\n',
  'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
])('%j is malformed', (text) => {
  expect(() => read(text)).toThrow(MalformedResponse);
});
