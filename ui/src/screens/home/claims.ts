import type { User } from 'tauri-plugin-keyfob-api';
import { dateAndTime } from '../../format';

/** A claim, to be read. */
export interface Claim {
  readonly name: string;
  readonly value: string;
  /** The same in other words: a date for a number of seconds. */
  readonly detail: string | null;
}

/** Claims that are seconds since the epoch (NumericDate of RFC 7519 section 2; OpenID Connect Core section 2). */
const DATES: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'auth_time', 'updated_at']);
/** The last second that JavaScript's dates know. */
const LAST_SECOND = 8_640_000_000_000;

export function claimsOf(claims: object): Claim[] {
  return Object.entries(claims).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value, null, 1),
    detail: isDate(name, value) ? dateAndTime(value) : null,
  }));
}

/** Those whose name or value holds each of the words, in any case. */
export function matching(claims: readonly Claim[], words: string): Claim[] {
  const wanted = words.toLocaleLowerCase().split(/\s+/u).filter(Boolean);
  return claims.filter(({ name, value, detail }) => {
    const text = `${name} ${value} ${detail ?? ''}`.toLocaleLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** What the provider said, under the names that it has for it; not the picture, which is seen. */
export function profileOf({ sub, name, email, emailVerified }: User): Record<string, unknown> {
  const claims = { sub, name, email, email_verified: emailVerified };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
}

function isDate(name: string, value: unknown): value is number {
  return DATES.has(name) && typeof value === 'number' && Math.abs(value) <= LAST_SECOND;
}
