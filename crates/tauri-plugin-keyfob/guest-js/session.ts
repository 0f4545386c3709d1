import { Channel } from '@tauri-apps/api/core';
import { commands, type Session as EngineSession, type Snapshot as EngineSnapshot } from './bindings.js';
import { call } from './call.js';
import { type ErrorCode, KeyfobError, toKeyfobError } from './errors.js';
import { Listeners, notify } from './listeners.js';
import { shared } from './shared.js';
import { keepEqualParts } from './structure.js';

/** Who is signed in, as the engine says it; outside Tauri there is no engine, and this package says so. */
export type Session =
  | Exclude<EngineSession, { status: 'unavailable' }>
  | { status: 'unavailable'; code: ErrorCode; message: string };

/** The session, the sign-in that is under way, and why the last one failed. Holds no token. */
export interface Snapshot extends Omit<EngineSnapshot, 'session'> {
  /** Who is signed in. */
  session: Session;
}

const BEFORE_ALL = -1;

const UNKNOWN: Snapshot = {
  generation: BEFORE_ALL,
  session: { status: 'loading' },
  signIn: null,
  signInError: null,
};

/**
 * What this window knows of the session. The engine sends each change through one channel of this window's own;
 * nothing else is listened to, as other windows could forge it.
 */
export class SessionStore {
  /** @internal Told of each change before every listener: what belongs to a session must not outlive it for one of them. */
  follower: () => void = () => undefined;

  readonly #listeners = new Listeners();
  #snapshot = UNKNOWN;
  /** Of the newest snapshot seen, whether or not it changed anything. */
  #generation = BEFORE_ALL;
  /** Whose session the newest snapshot tells of, in which state, and until when its token lives. */
  #life = '';
  /** Of the snapshot with which that changed: a token of before may be another session's. */
  #lifeBegan = BEFORE_ALL;
  /** Names the channel that counts; null if none is open. */
  #channel: symbol | null = null;
  #isTold = false;
  #wasFollowed = false;

  /** The same object until something changes, as `useSyncExternalStore` needs it. */
  readonly getSnapshot = (): Snapshot => this.#snapshot;

  /**
   * Calls `listener` after each change. The first listener opens the channel, which then stays open.
   * @returns a function that ends it.
   */
  readonly subscribe = (listener: () => void): (() => void) => {
    const unsubscribe = this.#listeners.add(listener);
    if (!this.#channel) void this.#open();
    return unsubscribe;
  };

  /** @internal Opens the channel, if that was not tried yet: a window that may not have it is not to be refused each time. */
  follow(): void {
    if (!this.#wasFollowed) void this.#open();
  }

  /** @internal Whether a token of that generation is certainly the present session's, and this window would hear if not. */
  isCurrent(generation: number): boolean {
    return this.#isTold && this.#snapshot.session.status === 'signed_in' && generation >= this.#lifeBegan;
  }

  /** @internal Shows what somebody knows already, until the engine says what is true. */
  begin(session: Session): void {
    if (this.#snapshot === UNKNOWN) this.#snapshot = { ...UNKNOWN, session };
  }

  /** @internal Asks the engine for its present snapshot, so that what follows need not wait for the channel. */
  async synchronize(): Promise<Snapshot> {
    this.#take(await call(KeyfobError, () => commands.getSession()));
    return this.#snapshot;
  }

  /** @internal As {@link synchronize}; where the engine doesn't say, no token that is held is believed to be current. */
  async catchUp(): Promise<void> {
    await this.synchronize().catch(() => {
      this.#lifeBegan = this.#generation + 1;
    });
  }

  /** @internal Knows nothing again, as in a new window; for another engine behind it, as tests have one. */
  reset(): void {
    this.#generation = this.#lifeBegan = BEFORE_ALL;
    this.#life = '';
    this.#channel = null;
    this.#isTold = this.#wasFollowed = false;
    this.#publish(UNKNOWN);
    if (this.#listeners.size > 0) void this.#open();
  }

  async #open(): Promise<void> {
    const channel = Symbol();
    this.#channel = channel;
    this.#wasFollowed = true;
    const take = (snapshot: EngineSnapshot) => {
      if (channel !== this.#channel) return;
      this.#isTold = true;
      this.#take(snapshot);
    };
    try {
      await call(KeyfobError, () => commands.subscribe(new Channel(take)));
    } catch (cause) {
      if (channel !== this.#channel) return;
      // The next listener tries again; until then nobody waits for an answer that will not come.
      this.#channel = null;
      this.#publish({ ...this.#snapshot, session: unavailable(cause) });
    }
  }

  /** Takes what is newer. The channel and an answer to `get_session` may overtake each other. */
  #take(next: EngineSnapshot): void {
    const { generation } = next;
    if (generation <= this.#generation) return;
    this.#generation = generation;
    const life = lifeOf(next.session);
    if (life !== this.#life) this.#lifeBegan = generation;
    this.#life = life;
    // Nobody renders again for a snapshot that only has a new number.
    const known = { ...this.#snapshot, generation };
    const snapshot = keepEqualParts<Snapshot>(known, next);
    if (snapshot !== known || this.#snapshot === UNKNOWN) this.#publish(snapshot);
  }

  #publish(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    notify(this.follower);
    this.#listeners.notify();
  }
}

/** This window's session: `subscribe` and `getSnapshot`, as stores of every framework want them. */
export const sessionStore = /* @__PURE__ */ shared('session', () => new SessionStore());

/** Reads the session once. */
export function getSession(): Promise<Snapshot> {
  return sessionStore.synchronize();
}

/**
 * Calls `listener` with the snapshot that is known, if one is, and with each later one.
 * @returns a function that ends it.
 */
export function onSessionChange(listener: (snapshot: Snapshot) => void): () => void {
  const known = sessionStore.getSnapshot();
  if (known !== UNKNOWN) notify(() => listener(known));
  return sessionStore.subscribe(() => listener(sessionStore.getSnapshot()));
}

/** The account that somebody is signed in with, or has to sign in with again. */
export function accountOf(session: Session): string | null {
  return 'account' in session ? session.account.id : null;
}

function lifeOf(session: EngineSession): string {
  const expiresAt = session.status === 'signed_in' ? session.expiresAt : null;
  return JSON.stringify([session.status, accountOf(session), expiresAt]);
}

function unavailable(cause: unknown): Session {
  const { code, message } = toKeyfobError(KeyfobError, cause);
  return { status: 'unavailable', code, message };
}
