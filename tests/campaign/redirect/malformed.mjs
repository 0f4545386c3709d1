// @ts-check
// Callbacks through a second process's arguments, as the desktop hands a link to the app.
import { Figure, Outcome } from '../check.mjs';
import { malformedCallbacks } from './callbacks.mjs';
import { Pending } from './pending.mjs';

const SEED = 20_261_121;
/** So many links are under way at a time. */
const LANES = 3;

/** @type {import('../check.mjs').Check} */
export const malformed = {
  id: 'redirect-malformed-argv',
  target:
    '500 generated malformed callbacks through real argv and single-instance: 0 panics, 0 token requests, 0 state changes, the pending sign-in then completes',
  guard: 'a genuine callback among them',
  nFull: 500,
  async body(run) {
    const pending = await Pending.open();
    try {
      const links = malformedCallbacks(run.of(500), pending.state, SEED);
      const genuine = run.sabotaged ? [await pending.answer()] : undefined;
      if (genuine) links.splice(links.length / 2, 0, genuine);
      const before = await pending.standing();
      const failures = await handOver(pending, links);
      await pending.settled();
      const changes = pending.changesSince(before, await pending.standing());
      const tokenRequests = pending.tokenRequests();
      const completed = await pending.complete();
      return new Outcome(
        links.length,
        [
          Figure.none(pending.panics(), 'panics'),
          Figure.none(failures.length, 'links that were not taken'),
          Figure.none(tokenRequests, 'token requests'),
          Figure.none(changes.length, 'state changes'),
          Figure.exactly(1, completed ? 1 : 0, 'sign-ins completed'),
        ],
        [...failures.slice(0, 5), ...changes],
      );
    } finally {
      await pending.close();
    }
  },
};

/**
 * Each by a process of its own, which has to end well: the running app has taken its arguments.
 * @param {Pending} pending
 * @param {string[][]} links
 * @returns {Promise<string[]>} what went wrong
 */
async function handOver(pending, links) {
  const rest = links.entries();
  /** @type {string[]} */
  const failures = [];
  const lane = async () => {
    for (const [index, args] of rest) {
      const { exitCode, lines } = await pending.secondProcess(args);
      if (exitCode !== 0) failures.push(`link ${index}: exit code ${exitCode}: ${lines.slice(-2).join(' ')}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return failures;
}
