// @ts-check
// A server that no token is meant for.
import { createServer } from 'node:http';

export class Trap {
  /** How many requests came. */
  requests = 0;
  /** How many of them brought something to prove who sends them. */
  tokens = 0;
  #server = createServer((request, response) => {
    this.requests += 1;
    const { authorization, dpop, cookie } = request.headers;
    if (authorization ?? dpop ?? cookie) this.tokens += 1;
    response.writeHead(200).end('{}');
  });

  static async open() {
    const trap = new Trap();
    // IPv4 and IPv6: whatever name the loopback interface is called by.
    await new Promise((resolve) => trap.#server.listen(0, '::', () => resolve(undefined)));
    return trap;
  }

  get origin() {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    return `http://127.0.0.1:${port}`;
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
