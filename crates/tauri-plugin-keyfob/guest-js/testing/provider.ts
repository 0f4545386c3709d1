import type { AccessTokenOptions, KeyfobErrorPayload, TokenInfo } from '../bindings.js';
import { failure } from './failure.js';
import type { SignedInPerson } from './people.js';
import { type IssuedToken, issue, keyOf } from './tokens.js';

/** A provider that issues whatever is asked of it, while it can be reached; and what it has issued to the session. */
export class TestProvider {
  /** How often it was asked for a token. */
  requests = 0;
  isOffline = false;
  readonly #issued = new Map<string, IssuedToken>();

  /** The token that the session holds for these options. */
  held(options: AccessTokenOptions): IssuedToken | undefined {
    return this.#issued.get(keyOf(options));
  }

  /** When the sign-in's own token expires, in seconds since the epoch. */
  get expiresAt(): number | null {
    return seconds(this.held({})?.expiresAt ?? null);
  }

  /** Why nothing can be renewed, if so. */
  obstacle({ renewable }: SignedInPerson): KeyfobErrorPayload | null {
    if (!renewable) return failure('missing_refresh_token');
    return this.isOffline ? failure('offline') : null;
  }

  issue({ account, lifetime, claims }: SignedInPerson, options: AccessTokenOptions): IssuedToken {
    this.requests += 1;
    const token = issue({ subject: account.subject, options, lifetime, claims });
    this.#issued.set(keyOf(options), token);
    return token;
  }

  /** As if the lifetime of every token had passed. */
  expire(): void {
    for (const token of this.#issued.values()) token.expiresAt = Date.now();
  }

  /** The session that these were issued to is over. */
  forget(): void {
    this.#issued.clear();
  }

  list(): TokenInfo[] {
    return [...this.#issued.values()].map(({ audience, scope, requestedScope, expiresAt }) => {
      return { audience, scope, requestedScope, tokenType: 'Bearer', expiresAt: seconds(expiresAt) };
    });
  }
}

function seconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.floor(milliseconds / 1000);
}
