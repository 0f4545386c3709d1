/** `next`, with every part that is equal to the known one taken from there: an equal part keeps its identity. */
export function keepEqualParts<T>(known: T, next: T): T {
  if (!isObject(known) || !isObject(next)) return Object.is(known, next) ? known : next;
  const keys = Object.keys(next);
  let isEqual = keys.length === Object.keys(known).length;
  const merged = (Array.isArray(next) ? [] : {}) as Record<string, unknown>;
  for (const key of keys) {
    merged[key] = keepEqualParts(known[key], next[key]);
    isEqual &&= merged[key] === known[key];
  }
  return isEqual ? known : (merged as T);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
