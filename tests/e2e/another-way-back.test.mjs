// @ts-check
// A browser that doesn't open the app's link: a person who knows nothing of that is offered the other way back.
import { after, before } from 'node:test';
import { signInAs } from './harness/person.mjs';
import { until } from './harness/processes.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open({ profile: 'bearer-plain', redirect: ['deepLink', 'loopback'] });
  await world.app.start();
});
after(() => world?.close());

it('signs a person in whom the link did not bring back', async () => {
  await world.startSignIn();
  await until('another way to be offered', () => world.app.window.run(isOffered), 30_000);
  await world.app.click('take-another-way-back');
  const other = await world.browser.newTab(world.issuer.origin);
  await signInAs(other, 'ada');
  await world.app.screen('signed-in');
  await other.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/callback/u);
});

/** Runs in the page. */
function isOffered() {
  return document.querySelector('[data-testid="take-another-way-back"]') !== null;
}
