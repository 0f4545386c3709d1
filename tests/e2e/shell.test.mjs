// @ts-check
// What the window's own script can't do, even when somebody else's has got into it.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { listen } from '../provider/servers.mjs';
import { until } from './harness/processes.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

const OTHER_COMMANDS = [
  'plugin:event|listen',
  'plugin:event|emit',
  'plugin:event|emit_to',
  'plugin:window|title',
  'plugin:window|set_title',
  'plugin:webview|create_webview_window',
  'plugin:webview|internal_toggle_devtools',
  'plugin:app|version',
  'plugin:path|resolve_directory',
  'plugin:resources|close',
  'plugin:image|from_path',
  'plugin:deep-link|get_current',
  'plugin:deep-link|register',
  'plugin:opener|open_url',
  'plugin:opener|open_path',
  'plugin:single-instance|execute_callback',
  'plugin:shell|execute',
  'plugin:fs|read_file',
  'plugin:dialog|message',
  'plugin:dialog|open',
  'plugin:store|load',
  'plugin:window-state|restore_state',
  'plugin:menu|new',
  'plugin:tray|new',
  'run',
];

/** @type {World} */
let world;
/** @type {import('../provider/servers.mjs').Server} */
let elsewhere;
/** What was asked of it. @type {string[]} */
const asked = [];
const it = testsOf(() => world);

before(async () => {
  elsewhere = await listen(() => (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'content-type': 'text/html', 'access-control-allow-origin': '*' });
    response.end('<script>parent.postMessage("here", "*")</script>');
  });
  world = await World.open();
  await world.app.start();
  await world.app.screen('signed-out');
});
after(async () => {
  await world?.close();
  await elsewhere?.stop();
});

it('reaches no command but those that its capability names', async () => {
  for (const command of OTHER_COMMANDS) {
    const refusal = await world.app.window.run(refusalOf, command);
    assert.match(refusal, /not allowed|not found/u, command);
  }
  // The same way does reach one that is named.
  assert.equal(await world.app.window.run(refusalOf, 'plugin:keyfob|get_session'), 'none');
});

it('has no frame that reaches Rust, and none from elsewhere at all', async () => {
  const answers = await world.app.window.run(inFrames, elsewhere.origin);
  assert.deepEqual(answers, {
    blank: 'no Tauri',
    srcdoc: 'no Tauri',
    posted: 0,
    answered: 0,
    withTheKey: ['signed_out', 'signed_out'],
  });
  assert.deepEqual(asked, []);
  assert.equal((await world.app.invoke('get_session')).session.status, 'signed_out');
});

it('sends nothing to anybody, runs no text as code, and is led nowhere', async () => {
  // Nobody was asked, but somebody would have answered.
  await fetch(`${elsewhere.origin}/control`);
  assert.deepEqual(asked.splice(0), ['GET /control']);

  assert.deepEqual(await world.app.window.run(runText), { eval: 'EvalError', function: 'EvalError' });
  const page = await world.app.window.run(leave, elsewhere.origin);
  await world.app.screen('signed-out');
  assert.equal(await world.app.window.run(() => location.href), page);
  assert.deepEqual(asked, []);
  await until('word of what was refused', () =>
    world.app.lines.some((line) => line.includes('the window was not led away')),
  );
});

it('opens the browser with one address as the only argument', async () => {
  const programs = join(world.desktop.directory, 'programs');
  const called = join(world.desktop.directory, 'called');
  mkdirSync(programs);
  const program = join(programs, 'xdg-open');
  writeFileSync(
    program,
    `#!/bin/sh\nprintf '%s\\n' "$#" "$@" > "${called}.part"\nmv "${called}.part" "${called}"\n`,
  );
  chmodSync(program, 0o755);
  await world.app.restart({ PATH: `${programs}:${process.env.PATH}` });
  await world.app.click('sign-in');
  await until('the browser', () => existsSync(called));
  const [count, url, ...rest] = readFileSync(called, 'utf8').trimEnd().split('\n');
  assert.equal(count, '1');
  assert.deepEqual(rest, []);
  assert.equal(new URL(url).href, url);
  assert.equal(new URL(url).origin, world.issuer.origin);
});

/**
 * Runs in the page.
 * @param {string} command
 * @returns {Promise<string>}
 */
async function refusalOf(command) {
  const { invoke } = /** @type {any} */ (window).__TAURI_INTERNALS__;
  try {
    await invoke(command, { id: 'x', event: 'x', target: { kind: 'Any' }, handler: 1, payload: {} });
    return 'none';
  } catch (error) {
    return String(error);
  }
}

/**
 * Runs in the page. Frames that the policy lets a page make, as they load nothing, and those that it doesn't.
 * @param {string} elsewhere
 */
async function inFrames(elsewhere) {
  let posted = 0;
  window.addEventListener('message', () => {
    posted += 1;
  });
  const open = (/** @type {Partial<HTMLIFrameElement>} */ attributes) => {
    const frame = Object.assign(document.createElement('iframe'), attributes);
    const loaded = new Promise((resolve) => {
      frame.addEventListener('load', resolve, { once: true });
      frame.addEventListener('error', resolve, { once: true });
      // One whose load is refused may say nothing at all.
      setTimeout(resolve, 1000);
    });
    document.body.append(frame);
    return loaded.then(() => /** @type {any} */ (frame.contentWindow));
  };
  const [blank, srcdoc, ...others] = await Promise.all([
    open({}),
    open({ srcdoc: '<p>frame</p>' }),
    open({ src: `${elsewhere}/frame` }),
    open({ src: location.href }),
    open({ src: 'data:text/html,<script>parent.postMessage("here", "*")</script>' }),
  ]);
  const tauri = (/** @type {any} */ frame) => (frame.__TAURI_INTERNALS__ ? 'Tauri' : 'no Tauri');

  // What Tauri's own script does, with the key that it has been given or without.
  const { invoke, transformCallback } = /** @type {any} */ (window).__TAURI_INTERNALS__;
  const error = transformCallback(() => {});
  /** Gives what it is answered, which without the key is nothing at all. */
  const call = (/** @type {any} */ frame, /** @type {string} */ key) => {
    const posted = new Promise((resolve) => {
      const callback = transformCallback(resolve);
      const message = { cmd: 'plugin:keyfob|get_session', callback, error, payload: {}, options: {} };
      frame.webkit.messageHandlers.ipc.postMessage(JSON.stringify({ ...message, __TAURI_INVOKE_KEY__: key }));
    });
    const headers = { 'Content-Type': 'application/json', 'Tauri-Callback': '1', 'Tauri-Error': '2' };
    const url = 'ipc://localhost/plugin%3Akeyfob%7Cget_session';
    const request = { method: 'POST', headers: { ...headers, 'Tauri-Invoke-Key': key }, body: '{}' };
    const fetched = frame.fetch(url, request).then((/** @type {Response} */ answer) => answer.json());
    return [posted, fetched];
  };
  let answered = 0;
  for (const frame of [blank, srcdoc, ...others]) {
    for (const key of ['', 'guessed']) {
      for (const answer of call(frame, key)) {
        const count = () => {
          answered += 1;
        };
        answer.then(count, () => {});
      }
    }
  }
  // Asked after them, and answered in the same order.
  await invoke('plugin:keyfob|get_session');
  await invoke('plugin:keyfob|get_session');

  const original = window.fetch;
  const key = await new Promise((resolve) => {
    window.fetch = (input, init) => {
      resolve(new Headers(init?.headers).get('Tauri-Invoke-Key'));
      return original(input, init);
    };
    invoke('plugin:keyfob|get_session');
  });
  window.fetch = original;
  const withTheKey = (await Promise.all(call(window, key))).map((answer) => answer.session.status);
  for (const frame of document.querySelectorAll('iframe')) frame.remove();
  return { blank: tauri(blank), srcdoc: tauri(srcdoc), posted, answered, withTheKey };
}

/** Runs in the page. */
function runText() {
  const fault = (/** @type {() => unknown} */ body) => {
    try {
      body();
      return 'none';
    } catch (error) {
      return error instanceof Error ? error.name : String(error);
    }
  };
  // biome-ignore lint/security/noGlobalEval: whether it works is the question
  return { eval: fault(() => eval('1')), function: fault(() => new Function('return 1')()) };
}

/**
 * Runs in the page: every way out that a page has.
 * @param {string} elsewhere
 * @returns {Promise<string>} where the page was before
 */
async function leave(elsewhere) {
  const page = location.href;
  const element = (/** @type {string} */ name, /** @type {Record<string, string>} */ attributes) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    document.body.append(made);
    return made;
  };
  const connected = async (/** @type {string} */ url) => {
    const socket = new WebSocket(url);
    await new Promise((resolve) => socket.addEventListener('close', resolve));
  };
  const settled = (/** @type {HTMLElement} */ made) =>
    new Promise((resolve) => {
      made.addEventListener('load', resolve);
      made.addEventListener('error', resolve);
      setTimeout(resolve, 1000);
    });
  navigator.sendBeacon?.(`${elsewhere}/beacon`, 'x');
  await Promise.allSettled([
    fetch(`${elsewhere}/fetch`),
    connected(`${elsewhere.replace('http', 'ws')}/socket`),
    settled(element('img', { src: `${elsewhere}/image` })),
    settled(element('script', { src: `${elsewhere}/script` })),
    settled(element('link', { rel: 'stylesheet', href: `${elsewhere}/style` })),
    settled(element('object', { data: `${elsewhere}/object` })),
    settled(element('video', { src: `${elsewhere}/video` })),
  ]);
  /** @type {HTMLFormElement} */ (element('form', { action: `${elsewhere}/form` })).submit();
  /** @type {HTMLAnchorElement} */ (element('a', { href: `${elsewhere}/link` })).click();
  window.open(`${elsewhere}/window`);
  location.assign(`${elsewhere}/location`);
  return page;
}
