import { failure, installKeyfob, type TestEngine } from 'tauri-plugin-keyfob-api/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api, notes } from '../requests/apis';
import { withSignIn } from '../requests/consent';
import { events } from '../requests/events';
import { openSocket } from '../requests/socket';
import { upload } from '../requests/upload';

let keyfob: TestEngine;
beforeEach(() => {
  keyfob = installKeyfob();
  keyfob.signInAs();
});
afterEach(() => {
  vi.unstubAllGlobals();
  keyfob.uninstall();
});

describe('apis', () => {
  it('are asked at their own addresses, each for its audience and scope', async () => {
    const urls: string[] = [];
    keyfob.onFetch(({ url }) => {
      urls.push(url);
      return new Response();
    });
    await api('me');
    await notes('today');
    expect(urls).toEqual(['https://api.example.com/v1/me', 'https://notes.example.com/today']);
    const wishes = keyfob.calls
      .filter(({ command }) => command === 'fetch')
      .map(({ args: { audience, scope } }) => [audience, scope]);
    expect(wishes).toEqual([
      [null, null],
      ['https://notes.example.com', 'notes:write'],
    ]);
  });
});

describe('withSignIn', () => {
  it('signs in as the error says, and goes on', async () => {
    const signIn = { acrValues: ['phr'], maxAge: 0 };
    keyfob.onFetch(() => new Response('paid'));
    keyfob.fail('fetch', 'interaction_required', { signIn });
    const paid = withSignIn(() => api('pay', { method: 'POST' }));
    await vi.waitFor(() => expect(keyfob.count('sign_in')).toBe(1));
    expect(keyfob.calls.at(-1)?.args).toEqual({ options: signIn });
    keyfob.recover('fetch');
    keyfob.signInAs();
    expect(await (await paid).text()).toBe('paid');
  });

  it('leaves every other error as it is', async () => {
    keyfob.answer('fetch', () => Promise.reject(failure('network')));
    await expect(withSignIn(() => api('pay'))).rejects.toMatchObject({ code: 'network' });
    expect(keyfob.count('sign_in')).toBe(0);
  });
});

describe('upload', () => {
  it('sends all of a file and tells how far it is', async () => {
    const chunks = [new Uint8Array(3_000_000), new Uint8Array(1_000_000)];
    keyfob.onFetch(async (request) => Response.json((await request.arrayBuffer()).byteLength));
    const told: number[] = [];
    const response = await upload(fileOf(chunks), (done) => told.push(done));
    expect(await response.json()).toBe(4_000_000);
    expect(told).toEqual([0.75, 1]);
  });
});

describe('events', () => {
  it('come one by one, however they are cut, and end with the loop', async () => {
    let isClosed = false;
    const pieces = ['data: a\n', '\ndata: b', '\n\ndata: c\n\n'];
    const source = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode(pieces.shift() ?? ': nothing\n\n')),
      cancel: () => {
        isClosed = true;
      },
    });
    keyfob.onFetch(() => new Response(source));
    const seen: string[] = [];
    for await (const event of events('live')) {
      seen.push(event);
      if (event === 'data: c') break;
    }
    expect(seen).toEqual(['data: a', 'data: b', 'data: c']);
    await vi.waitFor(() => expect(isClosed).toBe(true));
  });

  it('end when they are aborted, with the reason', async () => {
    const leaving = new AbortController();
    keyfob.answer('fetch', () => new Promise(() => undefined));
    const first = events('live', leaving.signal).next();
    leaving.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
  });
});

describe('openSocket', () => {
  it('sends the token first, with its proof if it is bound', async () => {
    const sent: string[] = [];
    class Socket {
      onopen: () => void = () => undefined;
      readonly send = (message: string) => sent.push(message);
      constructor(readonly url: string) {}
    }
    vi.stubGlobal('WebSocket', Socket);
    const open = async () => {
      const socket = (await openSocket()) as unknown as Socket;
      socket.onopen();
      return socket.url;
    };
    expect(await open()).toBe('wss://api.example.com/live');
    keyfob.answer('get_access_token', () => ({
      token: 'bound',
      token_type: 'DPoP',
      freshFor: 0,
      generation: 0,
    }));
    keyfob.expireToken();
    await open();
    expect(sent.map((message) => JSON.parse(message))).toEqual([
      { token: expect.stringMatching(/^ey/), proof: null },
      { token: 'bound', proof: 'proof.of.possession' },
    ]);
  });
});

/** A file that is read in these chunks; jsdom's own can't be read as a stream. */
function fileOf(chunks: Uint8Array[]): Blob {
  const stream = () =>
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  return { size, type: 'text/plain', stream } as unknown as Blob;
}
