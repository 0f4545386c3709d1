// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Figure, Outcome, perform, Run } from './check.mjs';
import { closingLine, lineOf, resultOf } from './report.mjs';

const HOLDS = new Outcome(3, [Figure.none(0, 'faults')]);
const FALLS_SHORT = new Outcome(3, [Figure.none(0, 'faults'), Figure.exactly(3, 2, 'done')], ['the last']);

/** @param {() => Promise<Outcome>} body */
function check(body = async () => HOLDS) {
  return { id: 'an-id', target: 'no faults', guard: 'a fault', nFull: 60, body };
}

test('a figure holds within its bound', () => {
  for (const [figure, holds] of /** @type {[Figure, boolean][]} */ ([
    [Figure.exactly(3, 3, ''), true],
    [Figure.exactly(3, 4, ''), false],
    [Figure.none(1, ''), false],
    [Figure.atMost(10, 10, ''), true],
    [Figure.atMost(10, 10.01, ''), false],
    [Figure.atMost(10, Number.NaN, ''), false],
    [Figure.atLeast(0.5, 0.5, ''), true],
    [Figure.atLeast(0.5, 0.49, ''), false],
  ])) {
    assert.equal(figure.holds, holds, String(figure.value));
  }
});

test('an outcome holds if there are figures and all hold', () => {
  assert.ok(HOLDS.holds);
  assert.ok(!FALLS_SHORT.holds);
  assert.ok(!new Outcome(1, []).holds);
  assert.equal(HOLDS.figure, 0);
  assert.equal(FALLS_SHORT.figure, '0 faults, 2 done');
});

test('the short form is a twentieth, and never nothing', () => {
  assert.equal(new Run({ short: false }).of(1000), 1000);
  assert.equal(new Run({ short: true }).of(1000), 50);
  assert.equal(new Run({ short: true }).of(3), 1);
  assert.equal(new Run({ short: false, sabotaged: true }).of(1000), 10);
});

test('a check that throws falls short and says why', async () => {
  const thrown = async () => {
    throw new Error('no provider');
  };
  const outcome = await perform(check(thrown), new Run({ short: true }));
  assert.ok(!outcome.holds);
  assert.deepEqual(outcome.notes, ['cut short: no provider']);
});

test('what is said is what crates/campaign says', () => {
  const result = resultOf(check(), HOLDS, FALLS_SHORT);
  assert.equal(lineOf(result), 'an-id | no faults | 0 faults | n 3 of 60 | holds');
  assert.deepEqual(result.control, { guard: 'a fault', figure: '0 faults, 2 done', holds: false });
  const short = resultOf(check(), FALLS_SHORT);
  assert.equal(lineOf(short), 'an-id | no faults | 0 faults, 2 done | n 3 of 60 | FALLS SHORT | the last');
  assert.equal(closingLine([result, short]), 'campaign: 1 of 2 checks hold');
});

test('a check whose control holds, or gives no figure, is no check', () => {
  const can = resultOf(check(), HOLDS, HOLDS);
  assert.ok(!can.holds);
  assert.match(can.note ?? '', /can't fail/u);
  const cut = resultOf(check(), HOLDS, new Outcome(0, [], ['cut short: no provider']));
  assert.ok(!cut.holds);
  assert.match(cut.note ?? '', /gave no figure: cut short: no provider/u);
});
