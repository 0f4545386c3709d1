import type { Account, Session, User } from '../bindings.js';

/** Somebody who signs in. */
export interface Person extends Partial<User> {
  /** Claims of their access tokens. */
  claims?: Record<string, unknown>;
  /** How many seconds their access tokens live, 300 by default; null for a provider that doesn't say. */
  lifetime?: number | null;
  /** Whether the provider gives a refresh token; by default it does. */
  renewable?: boolean;
}

/** A person who is signed in, with everything filled in. */
export interface SignedInPerson {
  readonly user: User;
  readonly account: Account;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly lifetime: number | null;
  readonly renewable: boolean;
}

export const ISSUER = 'https://id.example.com';

/** Fills in what a test didn't care to say. */
export function describe(person: Person): SignedInPerson {
  const { claims = {}, lifetime = 300, renewable = true, ...user } = person;
  const sub = user.sub ?? 'ada';
  return {
    user: {
      sub,
      name: 'Ada Lovelace',
      email: `${sub}@example.com`,
      emailVerified: true,
      picture: null,
      ...user,
    },
    account: { id: sub, issuer: ISSUER, subject: sub },
    claims,
    lifetime,
    renewable,
  };
}

/** Their session, with a fresh token. */
export function sessionOf(
  { user, account, renewable }: SignedInPerson,
  expiresAt: number | null,
): Extract<Session, { status: 'signed_in' }> {
  const calm = { freshness: 'fresh', offline: false, storageDegraded: false } as const;
  return { status: 'signed_in', user, account, ...calm, renewable, expiresAt };
}
