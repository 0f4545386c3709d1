const SHORTEST_WAIT_S = 1;
const FIRST_RETRY_S = 5;
const LONGEST_WAIT_S = 60;

/**
 * In how many seconds to ask the engine for a newer token: when it would renew this one. If it gave one that is due
 * already, because renewing fails, half of the life that is left is the wait; so a timer that has fired is always
 * followed by another.
 */
export function renewIn(freshFor: number, lifeLeft: number): number {
  const wait = freshFor > 0 ? freshFor : Math.min(lifeLeft / 2, LONGEST_WAIT_S);
  return Math.max(wait, SHORTEST_WAIT_S);
}

/** In how many seconds to try again after `failures` failures in a row; windows that failed together part ways. */
export function retryIn(failures: number, retryAfter: number | null): number {
  if (retryAfter !== null) return Math.max(retryAfter, SHORTEST_WAIT_S);
  const wait = Math.min(FIRST_RETRY_S * 2 ** (failures - 1), LONGEST_WAIT_S);
  return wait * (1 - Math.random() / 4);
}
