// @ts-check
// Servers that listen on 127.0.0.1 only, and can go away and come back on the same port.
import { createServer } from 'node:http';

const HOST = '127.0.0.1';
const MAXIMUM_BODY = 64 * 1024;

/** @typedef {import('node:http').RequestListener} RequestListener */
/** @typedef {{ origin: string, stop(): Promise<void>, start(): Promise<void> }} Server */

/**
 * @param {(origin: string) => RequestListener} makeHandler
 * @param {number} [port] 0: a free one
 * @returns {Promise<Server>}
 */
export async function listen(makeHandler, port = 0) {
  const server = createServer();
  await open(server, port);
  const bound = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
  const origin = `http://${HOST}:${bound}`;
  server.on('request', makeHandler(origin));
  return {
    origin,
    start: () => open(server, bound),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A browser keeps its connections open: without this, a stop would wait for it.
        server.closeAllConnections();
      }),
  };
}

/** @param {import('node:http').IncomingMessage} request */
export async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAXIMUM_BODY) throw new RangeError(`a body of more than ${MAXIMUM_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {unknown} body
 * @param {Record<string, string>} [headers]
 */
export function sendJson(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  response.end(JSON.stringify(body));
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @returns {Promise<void>}
 */
function open(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
