import { closeAll } from './fixtures/cleanup.ts';
import { ENGINES, startProxyTo } from './fixtures/engine-under-test.ts';
import { connectRaw, listenRaw } from './fixtures/raw-peer.ts';

afterEach(closeAll);

describe.each(ENGINES)('on %s', (engineName) => {
  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

  test('in a drain each response says that its connection closes, the one in flight included', async () => {
    const upstream = await listenRaw();
    const { port, engine } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(GET);
    const backend = await upstream.accept();
    await backend.takeHead();
    engine.drain();
    backend.send(OK);
    expect(await client.take('\r\n\r\nok')).toContain('Connection: close\r\n');
    await client.whenEnded();
  });

  test('in a drain an idle connection is not cut, and a request that comes on it is answered', async () => {
    const upstream = await listenRaw();
    const { port, engine } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(GET);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(OK);
    await client.take('\r\n\r\nok');
    engine.drain();
    client.send(GET);
    await backend.takeHead();
    backend.send(OK);
    expect(await client.take('\r\n\r\nok')).toContain('Connection: close\r\n');
  });

  test('in a drain new connections are accepted and served, also with an error', async () => {
    const upstream = await listenRaw();
    const { port, engine, publish } = await startProxyTo(engineName, [upstream.port]);
    engine.drain();
    const client = await connectRaw(port);
    client.send(GET);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(OK);
    expect(await client.take('\r\n\r\nok')).toContain('Connection: close\r\n');
    await publish([], []);
    const other = await connectRaw(port);
    other.send(GET);
    const head = await other.takeHead();
    expect(head).toMatch(/^HTTP\/1\.1 404 /);
    expect(head).toContain('Connection: close\r\n');
  });

  test('in a drain a client that is still sending reads the whole of an early response', async () => {
    const upstream = await listenRaw();
    const { port, engine } = await startProxyTo(engineName, [upstream.port]);
    engine.drain();
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    const backend = await upstream.accept();
    await backend.take('hello');
    backend.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno');
    expect(await client.take('\r\n\r\nno')).toContain('Connection: close\r\n');
    // A round trip elsewhere: time enough for a close that is not waited for.
    const other = await connectRaw(port);
    other.send(GET);
    const second = await upstream.accept();
    await second.takeHead();
    second.send(OK);
    await other.take('\r\n\r\nok');
    expect(client.ended).toBe(false);
    client.send('world');
    await client.whenEnded();
  });

  test('stop accepts nothing more, closes idle connections, and breaks off what does not end', async () => {
    const upstream = await listenRaw();
    const { port, engine, entries } = await startProxyTo(engineName, [upstream.port], {
      limits: { lingerMs: 100 },
    });
    const idle = await connectRaw(port);
    const endless = await connectRaw(port);
    endless.send(GET);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n');
    await endless.take('hi');
    const waiting = await connectRaw(port);
    waiting.send(GET);
    await (await upstream.accept()).takeHead();

    await engine.stop(50);

    await idle.whenEnded();
    await endless.whenEnded();
    expect(endless.received).not.toContain('0\r\n\r\n');
    expect(await waiting.takeHead()).toMatch(/^HTTP\/1\.1 503 [\s\S]*Holdfast-Reason: Stopped\r\n/);
    await expect(connectRaw(port)).rejects.toThrow('ECONNREFUSED');
    expect((await entries(2)).map(({ reason }) => reason)).toEqual(['Stopped', 'Stopped']);
    expect(engine.sample().gauges).toEqual({ connections: 0, requestsInFlight: 0, upgraded: 0 });
  });
});
