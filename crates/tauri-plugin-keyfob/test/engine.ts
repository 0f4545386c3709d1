import type { AccessTokenAnswer, Session } from '../guest-js/bindings.js';
import { failure, TestEngine } from '../guest-js/testing/index.js';
import { describe, sessionOf } from '../guest-js/testing/people.js';

export { failure };

type SignedIn = Extract<Session, { status: 'signed_in' }>;

const installed: TestEngine[] = [];

/** The engine that this package ships for tests, at the very start: nobody knows yet who is signed in. */
export class FakeEngine extends TestEngine {
  constructor() {
    super({ session: { status: 'loading' } });
    installed.push(this);
  }
}

/** Leaves no Tauri behind. */
export function removeEngine(): void {
  for (const engine of installed.splice(0).reverse()) engine.uninstall();
}

export function signedIn(change: Partial<SignedIn> & { id?: string } = {}): SignedIn {
  const { id = 'ada', ...rest } = change;
  const person = describe({ sub: id, email: 'ada@example.com' });
  return { ...sessionOf(person, inSeconds(300)), ...rest };
}

/** What the engine answers; by default of a generation that nothing is newer than. */
export function tokenResponse(token: string, lifetime = 300, generation = 1e6): AccessTokenAnswer {
  const expiresAt = inSeconds(lifetime);
  return {
    token,
    expires_at: expiresAt,
    expires_in: lifetime,
    expiresAt,
    scope: 'openid',
    token_type: 'Bearer',
    audience: null,
    freshFor: Math.max(lifetime - Math.min(60, lifetime / 4), 0),
    generation,
  };
}

/** A promise that the test settles. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
