const BUFFER_MS = 60_000;
const SHORTEST_WAIT_MS = 1_000;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * When to ask the engine for a newer token: 60 s before expiry, but never in more than the last quarter of the
 * life that is left. Whether renewal is due is the engine's to say; if it gives the same token again, three
 * quarters of what is left then is the next wait, so a timer that has fired is always followed by another.
 */
export function renewAt(expiresAtMs: number, nowMs: number): number {
  const left = expiresAtMs - nowMs;
  // Expiry comes in whole seconds: asked on the very second, the engine may find that it is not due yet.
  const rounding = 1_000;
  return nowMs + Math.max(left - Math.min(BUFFER_MS, left / 4) + rounding, SHORTEST_WAIT_MS);
}

/** When to try again after `failures` failures in a row. */
export function retryAt(failures: number, retryAfterSeconds: number | null, nowMs: number): number {
  if (retryAfterSeconds !== null) return nowMs + Math.max(retryAfterSeconds * 1_000, SHORTEST_WAIT_MS);
  return nowMs + Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
}
