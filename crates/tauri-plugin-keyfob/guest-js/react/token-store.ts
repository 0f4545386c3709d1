import type { AccessTokenOptions, AccessTokenResponse } from '../bindings.js';
import { AccessTokenError, type ErrorCode, isKeyfobError, keyfobError, toKeyfobError } from '../errors.js';
import { type Session, type SessionStore, sessionStore } from '../session.js';
import { getAccessToken, refresh } from '../token.js';
import { Alarm } from './alarm.js';
import { renewAt, retryAt } from './renewal.js';
import { sessionError } from './session-error.js';
import { onReturn } from './triggers.js';

/** What a component sees of the access token. */
export interface TokenView {
  /** The last token there was. It may lag: for one that is valid now, call `getAccessToken()`. */
  readonly accessToken: string | undefined;
  /** True while nobody knows yet, and during a `refresh()`. Never for what happens in the background. */
  readonly loading: boolean;
  /** Why there is no fresh token. The same object for as long as the reason is the same. */
  readonly error: Error | null;
}

const NOTHING_KNOWN: TokenView = { accessToken: undefined, loading: true, error: null };

/** Said of a call that something else overtook: no fault that anybody should see. */
const QUIET: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'cancelled',
  'superseded',
  'not_authenticated',
  'permission_denied',
]);

/**
 * The access token of whoever is signed in, kept fresh while somebody listens.
 *
 * Two counters guard it against late answers. One from before a change of account, sign-out included, is of
 * another era and discarded. One that was asked for before a `refresh()` ended may hold the token that was just
 * replaced, and is discarded as well.
 */
export class TokenStore {
  readonly #sessions: SessionStore;
  readonly #listeners = new Set<() => void>();
  readonly #alarm = new Alarm(() => this.#look());
  #view = NOTHING_KNOWN;
  #followed: Session | null = null;
  #stopLooking: () => void = () => undefined;

  #era = 0;
  #refreshes = 0;
  #refreshing = 0;
  #reading: Promise<void> | null = null;
  #held: AccessTokenResponse | null = null;
  #error: Error | null = null;
  #failures = 0;
  #denied = false;

  constructor(sessions: SessionStore) {
    this.#sessions = sessions;
  }

  /** The same object until something changes, as `useSyncExternalStore` needs it. */
  readonly getSnapshot = (): TokenView => {
    const view = this.#describe(this.#session);
    if (!isSame(view, this.#view)) this.#view = view;
    return this.#view;
  };

  readonly getServerSnapshot = (): TokenView => NOTHING_KNOWN;

  /** Calls `listener` after each change. The token is kept fresh while there is a listener. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  /** A token that is valid now; `undefined`, and nothing sent, if nobody is signed in. */
  readonly getAccessToken = async (options: AccessTokenOptions = {}): Promise<string | undefined> => {
    if (isSignedOut(this.#session)) return undefined;
    if (!isTheSignIns(options)) return this.#inThisEra(getAccessToken(options));
    if (options.refresh) return this.refresh(options);
    const refreshes = this.#refreshes;
    const response = await this.#inThisEra(getAccessToken({ ...options, includeFullResponse: true }));
    if (response && refreshes === this.#refreshes) this.#hold(response);
    return response?.token;
  };

  /** Renews the token, whatever life it has left; `undefined`, and nothing sent, if nobody is signed in. */
  readonly refresh = async (options: AccessTokenOptions = {}): Promise<string | undefined> => {
    if (isSignedOut(this.#session)) return undefined;
    if (!isTheSignIns(options)) return this.#inThisEra(refresh(options));
    const era = this.#era;
    this.#refreshing += 1;
    this.#notify();
    try {
      const response = await this.#inThisEra(refresh({ ...options, includeFullResponse: true }));
      if (response) {
        this.#refreshes += 1;
        this.#hold(response);
      }
      return response?.token;
    } catch (error) {
      if (era === this.#era) this.#fail(error);
      throw error;
    } finally {
      if (era === this.#era) this.#refreshing -= 1;
      this.#notify();
    }
  };

  get #session(): Session {
    return this.#sessions.getSnapshot().session;
  }

  #start(): void {
    this.#stopLooking = onReturn(() => this.#look());
    if (!this.#followed) {
      // For good: a sign-out clears the token even while no component is there to see it.
      this.#followed = this.#session;
      this.#sessions.subscribe(() => this.#follow());
    }
    this.#look();
  }

  #stop(): void {
    this.#stopLooking();
    this.#alarm.clear();
  }

  #follow(): void {
    const was = this.#followed ?? this.#session;
    const session = this.#session;
    this.#followed = session;
    if (was.status !== 'loading' && accountOf(was) !== accountOf(session)) this.#forget();
    if (isNews(was, session)) this.#look();
    this.#notify();
  }

  #forget(): void {
    this.#era += 1;
    this.#refreshing = 0;
    this.#reading = null;
    this.#held = null;
    this.#error = null;
    this.#failures = 0;
    this.#alarm.clear();
  }

  /** Asks the engine for a valid token, in the background. Triggers that come together share one question. */
  #look(): void {
    if (this.#listeners.size === 0) return;
    const { status } = this.#session;
    if (status === 'reauth_required') this.#notifyAtExpiry();
    if (status !== 'signed_in' || this.#denied || this.#reading) return;
    const reading = this.#read().finally(() => {
      if (this.#reading === reading) this.#reading = null;
    });
    this.#reading = reading;
  }

  async #read(): Promise<void> {
    const era = this.#era;
    const refreshes = this.#refreshes;
    const isLate = () => era !== this.#era || refreshes !== this.#refreshes;
    try {
      const response = await getAccessToken({ includeFullResponse: true });
      if (!isLate()) this.#hold(response);
    } catch (error) {
      if (isLate()) return;
      this.#denied = isKeyfobError(error) && error.code === 'permission_denied';
      this.#fail(error);
    }
  }

  /** The answer, if it still concerns whoever is signed in. */
  async #inThisEra<T>(answer: Promise<T>): Promise<T | undefined> {
    const era = this.#era;
    try {
      const value = await answer;
      if (era === this.#era) return value;
    } catch (error) {
      const isNobody = isKeyfobError(error) && error.code === 'not_authenticated';
      if (isNobody || isSignedOut(this.#session)) return undefined;
      throw error;
    }
    if (isSignedOut(this.#session)) return undefined;
    throw keyfobError(AccessTokenError, 'superseded', 'Somebody else has signed in meanwhile.');
  }

  #hold(response: AccessTokenResponse): void {
    this.#held = response;
    this.#error = null;
    this.#failures = 0;
    // Without an expiry there is nothing to be early for; a use, and the triggers, still ask the engine.
    if (response.expires_at !== null) this.#wakeAt(renewAt(response.expires_at * 1000, Date.now()));
    this.#notify();
  }

  /** Keeps the token that is there. A later answer, not a later attempt, clears the error. */
  #fail(cause: unknown): void {
    const error = toKeyfobError(AccessTokenError, cause);
    this.#failures += 1;
    if (error.retryable || error.code === 'superseded') {
      this.#wakeAt(retryAt(this.#failures, error.retryAfter, Date.now()));
    }
    const isKnown = isKeyfobError(this.#error) && this.#error.code === error.code;
    if (!QUIET.has(error.code) && !isKnown) this.#error = error;
    this.#notify();
  }

  #notifyAtExpiry(): void {
    const expiresAt = this.#held?.expires_at ?? null;
    if (expiresAt !== null && Date.now() < expiresAt * 1000) this.#wakeAt(expiresAt * 1000);
    this.#notify();
  }

  #wakeAt(atMs: number): void {
    if (this.#listeners.size > 0) this.#alarm.set(atMs);
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #describe(session: Session): TokenView {
    const accessToken = this.#held?.token;
    const loading = this.#refreshing > 0;
    switch (session.status) {
      case 'loading':
        return NOTHING_KNOWN;
      case 'signed_out':
        return { accessToken: undefined, loading: false, error: null };
      case 'unavailable':
        return { accessToken: undefined, loading: false, error: sessionError(session) };
      case 'reauth_required': {
        const isUsable = this.#held !== null && !isExpired(this.#held);
        return { accessToken: isUsable ? accessToken : undefined, loading, error: sessionError(session) };
      }
      case 'signed_in': {
        const isFirst = !accessToken && !this.#error && !this.#denied;
        return { accessToken, loading: loading || isFirst, error: this.#error };
      }
    }
  }
}

/** This window's token store, over this window's session store. */
export const tokenStore = new TokenStore(sessionStore);

/** Whether it is the token that is shown and kept fresh here, and not one for another audience or with more scope. */
function isTheSignIns({ audience, scope }: AccessTokenOptions): boolean {
  return (audience ?? null) === null && !scope?.trim();
}

function isSignedOut(session: Session): boolean {
  return session.status === 'signed_out';
}

function isExpired(response: AccessTokenResponse): boolean {
  return response.expires_at !== null && Date.now() >= response.expires_at * 1000;
}

function accountOf(session: Session): string | null {
  return 'account' in session ? session.account.id : null;
}

/** Whether a change of session means that there may be another token than the one that is held. */
function isNews(was: Session, session: Session): boolean {
  if (session.status === 'reauth_required') return was.status !== 'reauth_required';
  if (session.status !== 'signed_in') return false;
  if (was.status !== 'signed_in' || accountOf(was) !== accountOf(session)) return true;
  return was.expiresAt !== session.expiresAt || (was.offline && !session.offline);
}

function isSame(left: TokenView, right: TokenView): boolean {
  return (
    left.accessToken === right.accessToken && left.loading === right.loading && left.error === right.error
  );
}
