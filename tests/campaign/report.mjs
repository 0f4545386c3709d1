// @ts-check
// What is said about the checks: a line for each, and a list for machines; as crates/campaign says it.

/** @typedef {import('./check.mjs').Check} Check */
/** @typedef {import('./check.mjs').Outcome} Outcome */

/**
 * @typedef {object} Result
 * @property {string} id
 * @property {string} target
 * @property {number | string | null} figure
 * @property {string} unit
 * @property {number} n
 * @property {number} n_full
 * @property {{ guard: string, figure: number | string | null, holds: boolean } | null} control
 * @property {boolean} holds
 * @property {string} [note]
 */

/**
 * @param {Check} check
 * @param {Outcome} outcome
 * @param {Outcome} [control] what it came to as it has to fall short
 * @returns {Result}
 */
export function resultOf(check, outcome, control) {
  const doubt = control && doubtOf(check, control);
  const notes = [...(doubt ? [doubt] : []), ...outcome.notes];
  return {
    id: check.id,
    target: check.target,
    figure: outcome.figure,
    unit: outcome.unit,
    n: outcome.n,
    n_full: check.nFull,
    control: control
      ? { guard: check.guard, figure: control.figure, holds: control.holds || control.figure === null }
      : null,
    holds: outcome.holds && !doubt,
    ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
  };
}

/** @param {Result} result */
export function lineOf({ id, target, figure, unit, n, n_full, holds, note }) {
  let shown = 'no figure';
  if (typeof figure === 'string') shown = figure;
  else if (figure !== null) shown = `${figure} ${unit}`;
  const verdict = holds ? 'holds' : 'FALLS SHORT';
  return `${id} | ${target} | ${shown} | n ${n} of ${n_full} | ${verdict}${note ? ` | ${note}` : ''}`;
}

/** @param {Result[]} results */
export function closingLine(results) {
  return `campaign: ${results.filter(({ holds }) => holds).length} of ${results.length} checks hold`;
}

/**
 * Why the control proves nothing, if so: a check that can't fail is no check.
 * @param {Check} check
 * @param {Outcome} control
 */
function doubtOf(check, control) {
  if (control.figure === null) return ['its control gave no figure', ...control.notes].join(': ');
  return control.holds ? `can't fail: it holds in its control too (${check.guard})` : undefined;
}
