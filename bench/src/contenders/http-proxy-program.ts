/** The http-proxy contender as a program: its port and the upstream's are its arguments. */
import { Agent, createServer, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import httpProxy from 'http-proxy';

const [port, upstreamPort] = process.argv.slice(2).map(Number);

const proxy = httpProxy.createProxyServer({
  target: { host: '127.0.0.1', port: upstreamPort! },
  agent: new Agent({ keepAlive: true, maxFreeSockets: 512 }),
});
// Without a listener a client that goes away ends the process.
proxy.on('error', (_error, _request, response: ServerResponse | Socket) => {
  if (response instanceof Socket || response.headersSent) response.destroy();
  else response.writeHead(502).end();
});

const server = createServer({ keepAliveTimeout: 300_000 }, (request, response) =>
  proxy.web(request, response),
);
server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
server.listen(port, '127.0.0.1', 4_096);
process.once('SIGTERM', () => process.exit(0));
