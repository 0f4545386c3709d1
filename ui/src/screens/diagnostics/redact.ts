/** What tells who somebody is. */
export interface Personal {
  /** Hidden as they are: identifiers, addresses. */
  readonly values: readonly (string | null)[];
  /** Hidden word by word too, as folders and hosts are called after people. */
  readonly names: readonly (string | null)[];
}

const RULES: readonly (readonly [RegExp, string])[] = [
  // A JWT, whole or cut off.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g, '<token>'],
  [/\b(Bearer|DPoP)\s+[\w.~+/=-]{8,}/gi, '$1 <token>'],
  [/(\w+:\/\/)[^\s/@]+@/g, '$1'],
  [/(\bhttps?:\/\/[^\s?#]+)[?#][^\s`"')]*/g, '$1'],
  [/[^\s<>@"'`(]+@[\w-]+(?:\.[\w-]+)+/g, '<email>'],
  [/[A-Za-z]:\\Users\\[^\\\n"'`]+/gi, '~'],
  [/\/(?:home|Users)\/[^/\s"'`]+/g, '~'],
];

/** Shorter ones stand in too many other words. */
const SHORTEST_WORD = 3;

/** A text without tokens, addresses of people, names of their folders, and what is known of the person. */
export function redact(text: string, { values, names }: Personal): string {
  const whole = [...values, ...names].filter((value) => value !== null && value !== '');
  const words = names.flatMap((name) => name?.split(/[^\p{L}\p{N}]+/u) ?? []);
  const hidden = [...new Set([...whole, ...words.filter((word) => word.length >= SHORTEST_WORD)])]
    .filter((value) => value !== null)
    .sort((a, b) => b.length - a.length)
    .map(alone);
  const impersonal = hidden.reduce((rest, pattern) => rest.replace(pattern, '<person>'), text);
  return RULES.reduce((rest, [pattern, substitute]) => rest.replace(pattern, substitute), impersonal);
}

/** Not as a part of another word. */
function alone(value: string): RegExp {
  const literal = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu');
}
