import type { Session } from 'tauri-plugin-keyfob-api';
import type { Person } from 'tauri-plugin-keyfob-api/testing';
import { now, pass } from '../clock';
import type { Stage, State } from './state';

type SignedIn = Extract<Session, { status: 'signed_in' }>;

export const ADA: Person = { name: 'Ada Lovelace', email: 'ada@example.com', lifetime: 300 };
export const LONG_NAME = 'Prof. Dr. Maximiliane Wilhelmine von Hohenstein-Wallerstein zu Oettingen-Spielberg';
export const LONG_EMAIL =
  'maximiliane.wilhelmine.von-hohenstein-wallerstein@department.of.long.addresses.example.com';

export function signedIn(change: Partial<SignedIn>): State['arrange'] {
  return ({ engine }) => {
    const session = engine.signInAs(ADA);
    if (session.status === 'signed_in') engine.publish({ session: { ...session, ...change } });
  };
}

/** A session in use: a short-lived token, a long-lived one, and one without an audience. */
export function withTokens({ engine }: Stage): void {
  engine.signInAs(ADA);
  engine.answer('list_tokens', () => [
    token('https://notes.example.com', 'openid profile email notes.read notes.write', 300),
    token('https://orders.example.com', 'orders.read', 3600),
    token(null, 'openid profile email', 180),
  ]);
  engine.onFetch(() => {
    pass(38);
    const body = { sub: 'ada', name: 'Ada Lovelace', audience: 'https://notes.example.com', notes: 12 };
    return Response.json(body, { statusText: 'OK' });
  });
}

function token(audience: string | null, scope: string, secondsLeft: number) {
  return { audience, scope, requestedScope: null, tokenType: 'Bearer', expiresAt: now() + secondsLeft };
}

export function withAccounts(stage: Stage): void {
  stage.engine.signInAs({ sub: 'grace', name: 'Grace Hopper', email: 'grace@example.org' });
  stage.engine.signInAs({ sub: 'long', name: LONG_NAME, email: LONG_EMAIL });
  withTokens(stage);
}
