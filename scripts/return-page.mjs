// @ts-check
// The page that a browser ends on with `"redirect": "returnPage"`.
//
//   npm run return-page -- write FILE DEEP-LINK APP    e.g. index.html com.example.app:/callback "My App"
//   npm run return-page -- check URL DEEP-LINK         looks at the page where it is served
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ROOT } from './project.mjs';
import { main, Problem, say } from './terminal.mjs';

const TEMPLATE = `${ROOT}crates/tauri-plugin-keyfob/return-page/template.html`;
const USAGE = 'return-page write FILE DEEP-LINK APP | check URL DEEP-LINK';

/**
 * The page for one app.
 * @param {string} deepLink
 * @param {string} app
 */
export function returnPage(deepLink, app) {
  if (!/^[a-z][a-z0-9+.-]*\.[a-z0-9+.-]+:\/callback$/u.test(deepLink)) {
    throw new Problem(
      `${deepLink} must be a reversed domain, a colon and one slash: com.example.app:/callback`,
    );
  }
  const template = readFileSync(TEMPLATE, 'utf8');
  return template
    .replaceAll('dev.keyfob.desktop:/callback', deepLink)
    .replace('data-app="Keyfob"', () => `data-app="${escaped(app)}"`)
    .replace("'STYLE'", `'${hashOf(template, 'style')}'`)
    .replace("'SCRIPT'", `'${hashOf(template, 'script')}'`);
}

/**
 * What is wrong with a page where it is served; nothing, if it is ours.
 * @param {string} address
 * @param {string} deepLink
 * @returns {Promise<string[]>}
 */
export async function faultsOf(address, deepLink) {
  const url = new URL(address);
  const isLoopback = url.protocol === 'http:' && url.hostname === '127.0.0.1';
  if (url.protocol !== 'https:' && !isLoopback) return ['it is not served over https'];
  if (url.search !== '' || url.hash !== '') return ['the redirect URI has a query or a fragment'];
  // With an answer in the address, as a server may treat that in another way.
  const response = await fetch(`${address}?code=check&state=check`, { redirect: 'manual' });
  if (response.status !== 200) return [`it answers ${response.status}, and not 200`];
  const faults = [];
  if (!/^text\/html\b/iu.test(response.headers.get('content-type') ?? '')) faults.push('it is not text/html');
  const served = await response.text();
  const [, app] = /data-app="([^"]*)"/u.exec(served) ?? [];
  const [, link] = /data-deep-link="([^"]*)"/u.exec(served) ?? [];
  if (link !== deepLink) faults.push(`it opens ${link ?? 'nothing'}, and not ${deepLink}`);
  const ours = returnPage(deepLink, unescaped(app ?? '')).replaceAll(deepLink, link ?? deepLink);
  if (lines(served) !== lines(ours)) faults.push('it differs from the page that "write" makes');
  return faults;
}

/** @param {string} text */
const lines = (text) => text.replaceAll('\r\n', '\n').trim();

/**
 * @param {string} page
 * @param {string} element
 */
function hashOf(page, element) {
  const [, text] = new RegExp(`<${element}>(.*?)</${element}>`, 'su').exec(page) ?? [];
  if (text === undefined) throw new Problem(`the template has no ${element}`);
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
/** @param {string} text */
const unescaped = (text) => text.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** @param {string[]} args */
async function run([command, ...rest]) {
  if (command === 'write' && rest.length === 3) {
    const [file, deepLink, app] = rest;
    writeFileSync(file, returnPage(deepLink, app));
    say(`Written. Serve it over https, register its address at the provider, and set "returnPage" to it.`);
  } else if (command === 'check' && rest.length === 2) {
    const faults = await faultsOf(rest[0], rest[1]);
    if (faults.length > 0)
      throw new Problem(`${rest[0]}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    say('The page is as it should be.');
  } else {
    throw new Problem(USAGE);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(() => run(process.argv.slice(2)));
