// @ts-check
// The page that a browser ends on with `"redirect": "returnPage"`, in a real browser.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { faultsOf, returnPage } from '../../scripts/return-page.mjs';

const DEEP_LINK = 'com.example.app:/callback';
const APP = 'Ada & "Grace" <Notes>';
const ANSWER = '?code=the-code&state=the-state&iss=https%3A%2F%2Fid.example';

/** @type {import('node:http').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
let address = '';
let body = '';
/** @type {string[]} */
let requested = [];

before(async () => {
  server = createServer((request, response) => {
    requested.push(request.url ?? '');
    const isPage = request.url?.startsWith('/back') ?? false;
    response.writeHead(isPage ? 200 : 404, { 'content-type': 'text/html' }).end(isPage ? body : '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/back`;
  body = returnPage(DEEP_LINK, APP);
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});
afterEach(() => {
  requested = [];
});
after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

/** @param {string} query */
async function open(query) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const opened = [];
  /** @type {string[]} */
  const complaints = [];
  const client = await page.context().newCDPSession(page);
  await client.send('Page.enable');
  const handedOver = new Promise((resolve) => {
    client.on('Page.frameRequestedNavigation', ({ url }) => resolve(opened.push(url)));
  });
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${address}${query}`);
  if (new URLSearchParams(query).has('state')) await handedOver;
  // Whatever else it does at once, it has done by then.
  await page.evaluate(() => new Promise(requestAnimationFrame));
  return { page, opened, complaints };
}

test('hands the answer to the app, once and unchanged, and keeps nothing of it in the address', async () => {
  const { page, opened, complaints } = await open(ANSWER);
  assert.deepEqual(opened, [`${DEEP_LINK}${ANSWER}`]);
  assert.equal(page.url(), address);
  assert.equal(await page.locator('h1').textContent(), "You're signed in");
  assert.equal(
    await page.getByRole('link', { name: `Open ${APP}` }).getAttribute('href'),
    `${DEEP_LINK}${ANSWER}`,
  );
  assert.equal(await page.getByRole('textbox').inputValue(), `${address}${ANSWER}`);
  assert.deepEqual(complaints, [], 'its own policy lets it run');
  assert.deepEqual(
    requested,
    [`/back${ANSWER}`],
    'nothing else is fetched, and no icon asked for with the answer',
  );
  await page.close();
});

test('says of an error no more than that one can go back', async () => {
  const { page, opened } = await open('?error=access_denied&state=s');
  assert.equal(await page.locator('h1').textContent(), `You can go back to ${APP}`);
  assert.deepEqual(opened, [`${DEEP_LINK}?error=access_denied&state=s`]);
  await page.close();
});

test('opens nothing without an answer, and only ever the one deep link', async () => {
  for (const query of ['', '?code=c', '#state=s', '?next=https://evil.example']) {
    const { page, opened } = await open(query);
    assert.deepEqual(opened, [], query);
    assert.equal(await page.getByRole('link').count(), 0);
    await page.close();
  }
  const { page, opened } = await open('?state=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&x=javascript:alert(1)');
  assert.equal(opened.length, 1);
  assert.ok(opened[0].startsWith(`${DEEP_LINK}?`));
  await page.close();
});

test('the check knows the page as it is served, and what may have become of it', async () => {
  assert.deepEqual(await faultsOf(address, DEEP_LINK), []);
  assert.match(
    (await faultsOf(address, 'com.example.other:/callback')).join(),
    /it opens com\.example\.app/u,
  );
  assert.match((await faultsOf(address.replace('/back', '/gone'), DEEP_LINK)).join(), /answers 404/u);
  assert.match((await faultsOf('http://app.example/back', DEEP_LINK)).join(), /not served over https/u);
  const right = body;
  try {
    body = right.replace('</main>', '<script src="https://cdn.example/x.js"></script></main>');
    assert.match((await faultsOf(address, DEEP_LINK)).join(), /differs/u);
  } finally {
    body = right;
  }
});

test('is written for reversed domains only', () => {
  for (const link of ['myapp:/callback', 'com.example.app://callback', 'https://app.example/callback']) {
    assert.throws(() => returnPage(link, APP), /reversed domain/u, link);
  }
});
