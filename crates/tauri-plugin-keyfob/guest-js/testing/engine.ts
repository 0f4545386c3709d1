import type {
  AccessTokenAnswer,
  AccessTokenOptions,
  AccountInfo,
  Check,
  Diagnostics,
  ErrorCode,
  EventKind,
  FetchPiece,
  FetchRequest,
  KeyfobErrorPayload,
  PendingSignIn,
  Purpose,
  ReauthReason,
  Session,
  SessionEvent,
  SignInOptions,
  Snapshot,
} from '../bindings.js';
import { sessionStore } from '../session.js';
import { tokenCache } from '../token-cache.js';
import type { CommandName } from './command-name.js';
import { failure } from './failure.js';
import { type FetchHandler, TestApis } from './fetch.js';
import { checksAtStart, diagnosticsAtStart } from './health.js';
import { type Call, Ipc } from './ipc.js';
import { describe, type Person, type SignedInPerson, sessionOf } from './people.js';
import { TestProvider } from './provider.js';
import { type IssuedToken, isDue, lifeLeft, toAnswer } from './tokens.js';

/** The engine waits this long for a session that is being restored. */
const RESTORE_WAIT_MS = 10_000;

/** The engine remembers so many events. */
const MOST_EVENTS = 1000;

/** How a command is answered, by its arguments. */
export type Answer = (args: Record<string, unknown>, call: Call) => unknown;

/** How an engine begins. */
export interface TestEngineOptions {
  /** The session at the start; by default nobody is signed in. */
  session?: Session;
  /** What relative addresses of authenticated requests resolve against. */
  apiBaseUrl?: string;
}

/** An engine in memory, behind the boundary that Tauri has: commands, the channel, and generations as in Rust. */
export class TestEngine {
  /** Every call that script has made, the oldest first. */
  readonly calls: Call[] = [];
  /** What the engine tells windows. */
  snapshot: Snapshot;
  /** What `listEvents()` gives: what has happened to this engine, the oldest first, and whatever a test puts there. */
  events: SessionEvent[] = [];
  /** What `getDiagnostics()` gives; a test may change it. */
  diagnostics: Diagnostics = diagnosticsAtStart();
  /** What the engine's part of `doctor()` gives; at first all is well. */
  checks: Check[] = checksAtStart();

  readonly #ipc: Ipc;
  readonly #apis: TestApis;
  readonly #answers = new Map<string, Answer>();
  readonly #people = new Map<string, SignedInPerson>();
  readonly #provider = new TestProvider();
  #channel: { id: number; sent: number } | null = null;
  #signIn: { resolve(session: Session): void; reject(error: KeyfobErrorPayload): void } | null = null;
  #whenKnown: (() => void)[] = [];

  constructor({
    session = { status: 'signed_out' },
    apiBaseUrl = 'https://api.example.com',
  }: TestEngineOptions = {}) {
    const isReplayed = () => this.happened('replayed');
    this.#apis = new TestApis(apiBaseUrl, (isForced) => this.#tokenToSend(isForced), isReplayed);
    this.snapshot = { generation: 1, session, signIn: null, signInError: null };
    if (session.status !== 'loading') this.#restored();
    this.#ipc = new Ipc((call) => this.#take(call));
    forgetEverything();
  }

  /** How often the provider was asked for a token. */
  get tokenRequests(): number {
    return this.#provider.requests;
  }

  /** Leaves the window as it was before there was an engine. */
  uninstall(): void {
    this.#ipc.remove();
    forgetEverything();
  }

  /** Signs somebody in; a `signIn()` that waits resolves with it. Who was signed in before stays so, in the background. */
  signInAs(person: Person = {}): Session {
    const who = describe(person);
    const isRestored = this.snapshot.session.status === 'loading';
    this.#people.set(who.account.id, who);
    const session = this.#become(who);
    if (!isRestored) this.happened('signed_in', { expiresAt: this.#provider.expiresAt });
    this.#signIn?.resolve(session);
    this.#signIn = null;
    return session;
  }

  /** Signs everybody out, as another window or process would. */
  signOut(): void {
    this.#people.clear();
    this.#provider.forget();
    this.happened('signed_out');
    this.publish({ session: { status: 'signed_out' }, signIn: null });
  }

  /** Ends the session by itself: the person has to sign in again. */
  endSession(reason: ReauthReason = 'refresh_token_rejected'): void {
    const { user, account } = this.#person();
    this.happened('session_ended', { reason: { type: 'reauth', reason } });
    this.publish({ session: { status: 'reauth_required', user, account, reason } });
  }

  /** Makes every access token old; windows hear of it. */
  expireToken(): void {
    this.#provider.expire();
    this.#update({ freshness: 'stale', expiresAt: this.#provider.expiresAt });
  }

  /** From now on neither the provider nor an API can be reached. */
  goOffline(): void {
    this.#provider.isOffline = true;
    this.#connectionIs(true);
  }

  /** Undoes {@link goOffline}. */
  goOnline(): void {
    this.#provider.isOffline = false;
    this.#connectionIs(false);
  }

  /** Remembers an event, as of now if nothing else is said. */
  happened(kind: EventKind, details: Partial<Omit<SessionEvent, 'kind'>> = {}): void {
    const at = Math.floor(Date.now() / 1000);
    this.events.push({ at, kind, audience: null, reason: null, expiresAt: null, ...details });
    if (this.events.length > MOST_EVENTS) this.events.shift();
  }

  /**
   * Has a command fail from now on. `permission_denied` comes as Tauri says it, before any code of the engine runs.
   * A `signIn()` that waits fails at once, and the window is told why.
   */
  fail(command: CommandName, code: ErrorCode, details?: Partial<KeyfobErrorPayload>): void {
    const denied = `Command plugin:keyfob|${command} not allowed by ACL`;
    const error = code === 'permission_denied' && !details ? denied : failure(code, details);
    this.answer(command, () => Promise.reject(error));
    if (command === 'sign_in' && this.#signIn) this.#endSignIn(failure(code, details));
  }

  /** Has a command work again, after {@link fail} or {@link answer}. */
  recover(command: CommandName): void {
    this.#answers.delete(command);
  }

  /** Decides how a command is answered from now on; a promise, or a rejection with a {@link failure}, works as well. */
  answer(command: CommandName, answer: Answer): this {
    this.#answers.set(command, answer);
    return this;
  }

  /** Answers authenticated requests: the handler sees them as an API would, with the token. */
  onFetch(handler: FetchHandler): void {
    this.#apis.handler = handler;
  }

  /** How often a command was called. */
  count(command: CommandName): number {
    return this.calls.filter((call) => call.command === command).length;
  }

  /** Changes parts of the snapshot, under a new generation, and tells the window. */
  publish(change: Partial<Omit<Snapshot, 'generation'>>): void {
    const waits = this.snapshot.session.status === 'loading';
    this.snapshot = { ...this.snapshot, ...change, generation: this.snapshot.generation + 1 };
    if (waits && this.snapshot.session.status !== 'loading') this.#restored();
    this.send(this.snapshot);
    if (this.snapshot.session.status !== 'loading') for (const tell of this.#whenKnown.splice(0)) tell();
  }

  /** Sends a snapshot just as it is, out of order if need be. */
  send(message: Snapshot): void {
    if (!this.#channel) return;
    const index = this.#channel.sent;
    this.#channel.sent += 1;
    this.#ipc.run(this.#channel.id, { index, message: structuredClone(message) });
  }

  async #take(call: Call): Promise<unknown> {
    this.calls.push(call);
    const answer = this.#answers.get(call.command) ?? this.#commands[call.command as CommandName];
    if (!answer) throw `Command plugin:keyfob|${call.command} not found`;
    return answer(call.args, call);
  }

  readonly #commands: Record<CommandName, Answer> = {
    get_session: () => this.snapshot,
    subscribe: ({ channel }) => {
      this.#channel = { id: Number(String(channel).split(':')[1]), sent: 0 };
      this.send(this.snapshot);
      return null;
    },
    sign_in: ({ options }) => this.#beginSignIn(options as SignInOptions),
    get_authorization_url: () => 'https://id.example.com/authorize?state=test',
    open_authorization_url: () => null,
    cancel_sign_in: () => this.#endSignIn(failure('cancelled')),
    submit_callback: () => 'not_awaited',
    sign_out: () => {
      this.signOut();
      return null;
    },
    get_access_token: ({ options }) => this.#token(options as AccessTokenOptions, false),
    refresh: ({ options }) => this.#token(options as AccessTokenOptions, true),
    dpop_proof: () => 'proof.of.possession',
    fetch: (request, { body }) => this.#fetch(request as unknown as FetchRequest, body),
    fetch_write: (piece, { body = new Uint8Array() }) => this.#apis.write(piece as FetchPiece, body),
    fetch_read: ({ id }) => this.#apis.read(Number(id)),
    fetch_cancel: ({ id }) => this.#apis.cancel(Number(id)),
    list_accounts: () => this.#listAccounts(),
    switch_account: ({ id }) => this.#switchAccount(id),
    remove_account: ({ id }) => this.#removeAccount(id),
    list_tokens: () => this.#provider.list(),
    list_events: () => this.events,
    get_diagnostics: () => this.diagnostics,
    doctor: () => this.checks,
  };

  #restored(): void {
    const { session } = this.snapshot;
    this.happened('restored', {
      ...(session.status === 'signed_in' && { expiresAt: session.expiresAt }),
      ...(session.status === 'reauth_required' && { reason: { type: 'reauth', reason: session.reason } }),
      ...(session.status === 'unavailable' && { reason: { type: 'error', code: session.code } }),
    });
  }

  #connectionIs(offline: boolean): void {
    const { session } = this.snapshot;
    if (session.status !== 'signed_in' || session.offline === offline) return;
    this.happened(offline ? 'went_offline' : 'came_online');
    this.#update({ offline });
  }

  #become(who: SignedInPerson): Session {
    this.#provider.forget();
    this.#provider.issue(who, {});
    const session = sessionOf(who, this.#provider.expiresAt);
    this.publish({ session, signIn: null, signInError: null });
    if (this.#provider.isOffline) this.#connectionIs(true);
    return this.snapshot.session;
  }

  #update(change: Partial<Extract<Session, { status: 'signed_in' }>>): void {
    const { session } = this.snapshot;
    if (session.status === 'signed_in') this.publish({ session: { ...session, ...change } });
  }

  #beginSignIn({ audience, scope, acrValues, maxAge, redirect }: SignInOptions): Promise<Session> {
    this.#signIn?.reject(failure('superseded'));
    const proves = (audience ?? scope ?? acrValues ?? maxAge ?? null) !== null;
    const purposes: Record<string, Purpose> = {
      signed_in: proves ? 'step_up' : 'account',
      reauth_required: 'reauth',
    };
    const purpose = purposes[this.snapshot.session.status] ?? 'first';
    const deadline = Math.floor(Date.now() / 1000) + 600;
    const way = { redirect: redirect ?? 'deep_link', deepLinkFault: null } as const;
    const signIn: PendingSignIn = { id: crypto.randomUUID(), purpose, ...way, deadline, answered: false };
    const over = new Promise<Session>((resolve, reject) => {
      this.#signIn = { resolve, reject };
    });
    this.happened('sign_in_started');
    this.publish({ signIn, signInError: null });
    return over;
  }

  #endSignIn(error: KeyfobErrorPayload): null {
    const isFault = error.code !== 'cancelled';
    if (isFault) this.happened('sign_in_failed', { reason: { type: 'error', code: error.code } });
    this.publish({ signIn: null, signInError: isFault ? error : null });
    this.#signIn?.reject(error);
    this.#signIn = null;
    return null;
  }

  async #token(options: AccessTokenOptions, isForced: boolean): Promise<AccessTokenAnswer> {
    await this.#known();
    const { generation } = this.snapshot;
    const { token } = await this.#validToken(options, isForced || Boolean(options.refresh));
    return toAnswer(token, generation);
  }

  /** As `refresh.rs` decides: what is fresh is given, what is due renewed, and what lives on kept while that fails. */
  async #validToken(
    options: AccessTokenOptions,
    isForced: boolean,
  ): Promise<{ token: IssuedToken; isNew: boolean }> {
    const who = this.#person();
    const held = this.#provider.held(options);
    if (held && !isForced && !isDue(held, options.minTtl ?? 0)) return { token: held, isNew: false };
    const error = this.#provider.obstacle(who);
    if (!error) return { token: await this.#renew(who, options), isNew: true };
    if (who.renewable) {
      const { code } = error;
      this.happened('refresh_failed', {
        audience: options.audience ?? null,
        reason: { type: 'error', code },
      });
    }
    if (held && !isForced && lifeLeft(held) > 0) return { token: held, isNew: false };
    if (error.code === 'missing_refresh_token' && !isForced) {
      this.endSession('no_refresh_token');
      throw failure('reauth_required');
    }
    throw error;
  }

  async #renew(who: SignedInPerson, options: AccessTokenOptions): Promise<IssuedToken> {
    this.#update({ freshness: 'refreshing' });
    await Promise.resolve();
    if (this.#person().account.id !== who.account.id) throw failure('superseded');
    const token = this.#provider.issue(who, options);
    const { audience } = token;
    const expiresAt = token.expiresAt === null ? null : Math.floor(token.expiresAt / 1000);
    this.happened('refreshed', { audience, expiresAt });
    this.#update({ freshness: 'fresh', expiresAt: this.#provider.expiresAt });
    return token;
  }

  /** Whoever is signed in, or why nobody can have a token. */
  #person(): SignedInPerson {
    const { session } = this.snapshot;
    if (session.status === 'signed_out') throw failure('not_authenticated');
    if (session.status === 'reauth_required') throw failure('reauth_required');
    if (session.status === 'unavailable') throw failure(session.code, { message: session.message });
    if (session.status === 'loading') throw failure('loading');
    const { user, account, renewable } = session;
    const published = { user, account, renewable, claims: {}, lifetime: 300 };
    return this.#people.get(account.id) ?? published;
  }

  #known(): Promise<void> {
    if (this.snapshot.session.status !== 'loading') return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenKnown.push(resolve);
      setTimeout(resolve, RESTORE_WAIT_MS);
    });
  }

  async #fetch(request: FetchRequest, body = new Uint8Array()): Promise<ArrayBuffer> {
    await this.#known();
    if (this.#provider.isOffline) throw failure('network');
    return this.#apis.send(request, body);
  }

  async #tokenToSend(isForced: boolean): Promise<{ token: string; isNew: boolean }> {
    const { token, isNew } = await this.#validToken({}, isForced);
    return { token: token.token, isNew };
  }

  #account(id: unknown): SignedInPerson {
    const who = this.#people.get(String(id));
    if (!who) throw failure('account_not_found');
    return who;
  }

  #listAccounts(): AccountInfo[] {
    const { session } = this.snapshot;
    const current = 'account' in session ? session.account.id : null;
    return [...this.#people.values()].map(({ user, account }) => {
      return { account, name: user.name, email: user.email, current: account.id === current };
    });
  }

  #switchAccount(id: unknown): Session {
    const session = this.#become(this.#account(id));
    this.happened('account_switched', { expiresAt: this.#provider.expiresAt });
    return session;
  }

  #removeAccount(id: unknown): null {
    const { account } = this.#account(id);
    this.happened('account_removed');
    const isCurrent = this.#listAccounts().some((info) => info.current && info.account.id === account.id);
    this.#people.delete(account.id);
    if (isCurrent) this.publish({ session: { status: 'signed_out' } });
    return null;
  }
}

/** A window behind which there is another engine knows nothing of the one before. */
function forgetEverything(): void {
  tokenCache.clear();
  sessionStore.reset();
}
