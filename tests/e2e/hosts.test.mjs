// @ts-check
// Other people's apps: with a single-instance of their own, and with the plugin's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { built } from './harness/built.mjs';
import { Desktop } from './harness/desktop.mjs';

const HOST = built('examples/host');
const CALLBACK = 'dev.keyfob.host:/callback?code=c&state=unknown';

/** @type {Desktop} */
let desktop;
before(async () => {
  desktop = await Desktop.open();
});
after(() => desktop?.close());

for (const whose of ['own', 'plugin']) {
  test(`a host with ${whose === 'own' ? 'its own' : "the plugin's"} single-instance gets the callback of a second process`, async () => {
    const env = { HOST_SINGLE_INSTANCE: whose };
    const first = desktop.spawn(HOST, [], { env });
    await first.line(/the host is ready/u);
    const second = desktop.spawn(HOST, [CALLBACK], { env });
    await second.exited;
    assert.equal(second.exitCode, 0);
    assert.doesNotMatch(second.lines.join('\n'), /ready/u, 'the second process is no app of its own');
    await first.line(/a callback that answers no sign-in was ignored/u);
    await first.stop();
  });
}
