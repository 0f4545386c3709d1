import { Alarm } from './alarm.js';
import type { AccessTokenOptions, AccessTokenResponse } from './bindings.js';
import { AccessTokenError, type ErrorCode, isKeyfobError, toKeyfobError } from './errors.js';
import { Listeners } from './listeners.js';
import { now } from './moment.js';
import { renewIn, retryIn } from './renewal.js';
import { accountOf, type Session, type SessionStore, sessionStore } from './session.js';
import { shared } from './shared.js';
import type { TokenGetter } from './token.js';
import { isOwn, type TokenCache, tokenCache } from './token-cache.js';
import { isSameView, type TokenView, viewOf } from './token-view.js';
import { onReturn } from './triggers.js';

/** Said of a call that something else overtook, or that the window may not make: no fault that anybody should see. */
const QUIET: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'cancelled',
  'superseded',
  'not_authenticated',
  'permission_denied',
]);

/** The access token of whoever is signed in, kept fresh while somebody listens. */
export class TokenStore {
  readonly #sessions: SessionStore;
  readonly #cache: TokenCache;
  readonly #listeners = new Listeners();
  readonly #alarm = new Alarm(() => this.#look());
  #stop: () => void = () => undefined;
  #followed: Session;
  /** Whose these are. */
  #era: number;
  #view: TokenView;

  #error: Error | null = null;
  #failures = 0;
  #refreshing = 0;
  /** A refresh that was asked for has failed and is to be tried again. */
  #owesRefresh = false;
  /** Whose background question is under way. */
  #looking: number | null = null;
  #isDenied = false;

  /** @internal */
  constructor(sessions: SessionStore, cache: TokenCache) {
    this.#sessions = sessions;
    this.#cache = cache;
    this.#era = cache.era;
    this.#followed = sessions.getSnapshot().session;
    this.#view = this.#describe();
    cache.observer = { onSession: () => this.#follow(), onToken: () => this.#succeed() };
  }

  /** The same object until something changes, as `useSyncExternalStore` needs it. */
  readonly getSnapshot = (): TokenView => {
    const view = this.#describe();
    if (!isSameView(view, this.#view)) this.#view = view;
    return this.#view;
  };

  /**
   * Calls `listener` after each change. The token is kept fresh while there is a listener.
   * @returns a function that ends it.
   */
  readonly subscribe = (listener: () => void): (() => void) => {
    const unsubscribe = this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      unsubscribe();
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  /** A token that is valid now; `undefined`, and nothing sent, if nobody is signed in. */
  readonly getAccessToken = this.#orUndefined(({ refresh }) => Boolean(refresh));

  /** Renews the token, whatever life it has left; `undefined`, and nothing sent, if nobody is signed in. */
  readonly refresh = this.#orUndefined(() => true);

  #orUndefined(isForced: (options: AccessTokenOptions) => boolean): TokenGetter<undefined> {
    const isNobody = () => this.#session.status === 'signed_out';
    const getter = async (options: AccessTokenOptions & { includeFullResponse?: boolean } = {}) => {
      if (isNobody()) return undefined;
      try {
        const response = await this.#give(options, isForced(options));
        return options.includeFullResponse ? response : response.token;
      } catch (error) {
        if (isNobody() || isOfCode(error, 'not_authenticated')) return undefined;
        throw error;
      }
    };
    return getter as TokenGetter<undefined>;
  }

  /** A refresh of the token that is shown is shown as well, and so is its failure. */
  async #give(options: AccessTokenOptions, isForced: boolean): Promise<AccessTokenResponse> {
    if (!isForced || !isOwn(options)) return this.#cache.give(options, isForced);
    const { era } = this.#cache;
    this.#refreshing += 1;
    this.#listeners.notify();
    try {
      return await this.#cache.give(options, true);
    } catch (error) {
      if (era === this.#cache.era) this.#fail(error, true);
      throw error;
    } finally {
      if (era === this.#cache.era) this.#refreshing -= 1;
      this.#listeners.notify();
    }
  }

  get #session(): Session {
    return this.#sessions.getSnapshot().session;
  }

  #start(): void {
    const stopTriggers = onReturn(() => this.#look());
    const unsubscribe = this.#sessions.subscribe(() => undefined);
    this.#stop = () => {
      stopTriggers();
      unsubscribe();
      this.#alarm.clear();
    };
    this.#look();
  }

  /** Another session has nothing of the one before. */
  #begin(): void {
    this.#era = this.#cache.era;
    this.#alarm.clear();
    this.#error = null;
    this.#failures = 0;
    this.#refreshing = 0;
    this.#owesRefresh = false;
  }

  #follow(): void {
    const was = this.#followed;
    this.#followed = this.#session;
    if (this.#era !== this.#cache.era) this.#begin();
    // Only another engine begins anew; its permissions are others.
    if (this.#followed.status === 'loading') this.#isDenied = false;
    if (isNews(was, this.#followed)) this.#look();
    this.#listeners.notify();
  }

  /** Sees in the background to a valid token. Triggers that come together share one question. */
  #look(): void {
    if (this.#listeners.size === 0) return;
    const { status } = this.#session;
    if (status === 'reauth_required') this.#wakeAtExpiry();
    if (status !== 'signed_in' || this.#isDenied || this.#looking === this.#cache.era) return;
    if (!this.#owesRefresh && this.#cache.getFresh({})) this.#wakeWhenDue();
    else void this.#renew();
  }

  async #renew(): Promise<void> {
    const { era } = this.#cache;
    const isForced = this.#owesRefresh;
    this.#looking = era;
    try {
      await (isForced ? this.#cache.refresh({}) : this.#cache.ask({}));
    } catch (error) {
      this.#isDenied = isOfCode(error, 'permission_denied');
      if (era === this.#cache.era) this.#fail(error, isForced);
    } finally {
      if (this.#looking === era) this.#looking = null;
    }
  }

  #succeed(): void {
    this.#error = null;
    this.#failures = 0;
    this.#owesRefresh = false;
    this.#isDenied = false;
    this.#wakeWhenDue();
    this.#listeners.notify();
  }

  /** Keeps the token that is there. A later answer, not a later attempt, clears the error. */
  #fail(cause: unknown, isForced: boolean): void {
    const error = toKeyfobError(AccessTokenError, cause);
    this.#failures += 1;
    if (error.retryable || error.code === 'superseded') {
      this.#owesRefresh ||= isForced;
      this.#wakeIn(retryIn(this.#failures, error.retryAfter));
    } else if (!isForced) {
      this.#alarm.clear();
    }
    if (!QUIET.has(error.code) && !isOfCode(this.#error, error.code)) this.#error = error;
    this.#listeners.notify();
  }

  #wakeWhenDue(): void {
    const { freshFor = null, expires_in = null } = this.#cache.get({}) ?? {};
    // Without an expiry there is nothing to be early for; a use, and the triggers, still see to it.
    if (freshFor !== null) this.#wakeIn(renewIn(freshFor, expires_in ?? 0));
  }

  #wakeAtExpiry(): void {
    const left = this.#cache.get({})?.expires_in;
    if (left) this.#wakeIn(left);
    this.#listeners.notify();
  }

  #wakeIn(seconds: number): void {
    if (this.#listeners.size > 0) this.#alarm.set(now(), seconds);
  }

  #describe(): TokenView {
    return viewOf(this.#session, {
      token: this.#cache.get({}),
      isRefreshing: this.#refreshing > 0,
      error: this.#error,
      isDenied: this.#isDenied,
    });
  }
}

/** This window's access token: `subscribe` and `getSnapshot`, as stores of every framework want them. */
export const tokenStore = /* @__PURE__ */ shared('token', () => new TokenStore(sessionStore, tokenCache));

/** Whether a change of session means that there may be another token than the one that is held. */
function isNews(was: Session, session: Session): boolean {
  if (session.status === 'reauth_required') return was.status !== 'reauth_required';
  if (session.status !== 'signed_in') return false;
  if (was.status !== 'signed_in' || accountOf(was) !== accountOf(session)) return true;
  return was.expiresAt !== session.expiresAt || (was.offline && !session.offline);
}

function isOfCode(error: unknown, code: ErrorCode): boolean {
  return isKeyfobError(error) && error.code === code;
}
