import { Channel } from '@tauri-apps/api/core';
import { commands, type Session as EngineSession, type Snapshot as EngineSnapshot } from './bindings.js';
import { call } from './call.js';
import { type ErrorCode, KeyfobError, toKeyfobError } from './errors.js';

/** Who is signed in, as the engine says it; outside Tauri there is no engine, and this package says so. */
export type Session =
  | Exclude<EngineSession, { status: 'unavailable' }>
  | { status: 'unavailable'; code: ErrorCode; message: string };

/** The session, the sign-in that is under way, and why the last one failed. Holds no token. */
export interface Snapshot extends Omit<EngineSnapshot, 'session'> {
  session: Session;
}

const UNKNOWN: Snapshot = { generation: -1, session: { status: 'loading' }, signIn: null, signInError: null };

/**
 * What this window knows of the session. The engine sends each change through one channel of this window's own;
 * nothing else is listened to, as other windows could forge it.
 */
export class SessionStore {
  #snapshot = UNKNOWN;
  /** Of the newest snapshot seen, whether or not it changed anything. */
  #generation = UNKNOWN.generation;
  #subscribed = false;
  readonly #listeners = new Set<() => void>();

  /** The same object until something changes, as `useSyncExternalStore` needs it. */
  readonly getSnapshot = (): Snapshot => this.#snapshot;

  /** A server render knows nobody. */
  readonly getServerSnapshot = (): Snapshot => UNKNOWN;

  /** Calls `listener` after each change. The first listener opens the channel, which then stays open. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (!this.#subscribed) void this.#open();
    return () => this.#listeners.delete(listener);
  };

  /** Asks the engine for its present snapshot, so that what follows need not wait for the channel. */
  async synchronize(): Promise<Snapshot> {
    this.#take(await call(KeyfobError, () => commands.getSession()));
    return this.#snapshot;
  }

  async #open(): Promise<void> {
    this.#subscribed = true;
    try {
      await call(KeyfobError, () => commands.subscribe(new Channel((snapshot) => this.#take(snapshot))));
    } catch (cause) {
      // The next listener tries again; until then nobody waits for an answer that will not come.
      this.#subscribed = false;
      this.#publish({ ...this.#snapshot, session: unavailable(cause) });
    }
  }

  /** Takes what is newer. The channel and an answer to `get_session` may overtake each other. */
  #take(next: EngineSnapshot): void {
    if (next.generation <= this.#generation) return;
    this.#generation = next.generation;
    const session = keepIfEqual(this.#snapshot.session, next.session);
    const signIn = keepIfEqual(this.#snapshot.signIn, next.signIn);
    const signInError = keepIfEqual(this.#snapshot.signInError, next.signInError);
    const snapshot = { generation: next.generation, session, signIn, signInError };
    if (this.#snapshot === UNKNOWN || !hasSameParts(this.#snapshot, snapshot)) this.#publish(snapshot);
  }

  #publish(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) notify(listener);
  }
}

/** This window's session store. There is one engine, so there is one store. */
export const sessionStore = new SessionStore();

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

/** A promise of ours must not resolve before this window shows its effect; other windows get it by channel. */
export async function showInThisWindow(): Promise<void> {
  await sessionStore.synchronize().catch(() => undefined);
}

function unavailable(cause: unknown): Session {
  const { code, message } = toKeyfobError(KeyfobError, cause);
  return { status: 'unavailable', code, message };
}

/** An equal part keeps its identity, so that nobody renders again for a snapshot that only has a new number. */
function keepIfEqual<T>(known: T, next: T): T {
  return JSON.stringify(known) === JSON.stringify(next) ? known : next;
}

function hasSameParts(left: Snapshot, right: Snapshot): boolean {
  return (
    left.session === right.session && left.signIn === right.signIn && left.signInError === right.signInError
  );
}

/** A listener that throws must not keep the others, nor the channel's later messages, from being delivered. */
function notify(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    reportError(error);
  }
}
