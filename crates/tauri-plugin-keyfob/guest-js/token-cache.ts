import {
  type AccessTokenAnswer,
  type AccessTokenOptions,
  type AccessTokenResponse,
  commands,
} from './bindings.js';
import { call } from './call.js';
import { AccessTokenError, keyfobError } from './errors.js';
import { type Moment, now, secondsSince } from './moment.js';
import { accountOf, type Session, type SessionStore, sessionStore } from './session.js';
import { shared } from './shared.js';

/** Whoever asks for the same thing joins a question: one that is never answered must not keep them for ever. */
const PATIENCE_MS = 60_000;

/** A token that the engine gave. */
interface Held {
  readonly answer: AccessTokenAnswer;
  /** When it was asked for: the engine reckoned later, so what is counted from here is never too long. */
  readonly asked: Moment;
  /** Its place among questions and answers. */
  readonly order: number;
}

/** Who has to know at once what becomes of the tokens. */
export interface TokenObserver {
  /** The session is another, or another is its state; what is not its own is gone already. */
  onSession(): void;
  /** There is another of the sign-in's own. */
  onToken(): void;
}

/** What the engine gave last for each audience and scope in one session, and what it is being asked for. */
export class TokenCache {
  readonly #sessions: SessionStore;
  readonly #held = new Map<string, Held>();
  readonly #questions = new Map<string, Promise<Held>>();
  #session: Session;
  /** Whose tokens these are. */
  #account: string | null = null;
  #order = 0;
  #era = 0;
  observer: TokenObserver | null = null;

  constructor(sessions: SessionStore) {
    this.#sessions = sessions;
    this.#session = sessions.getSnapshot().session;
    sessions.follower = () => this.#follow();
  }

  /** Counts sessions: what was asked for in an earlier one is nobody's any more. */
  get era(): number {
    return this.#era;
  }

  /** Forgets what there is, and what is on its way. */
  clear(): void {
    this.#era += 1;
    this.#account = null;
    this.#held.clear();
    this.#questions.clear();
  }

  /** The token that was given last, however old. */
  get(options: AccessTokenOptions): AccessTokenAnswer | undefined {
    const held = this.#held.get(keyOf(options));
    return held && aged(held);
  }

  /** The token that the engine would give without sending anything, if that is certain. */
  getFresh(options: AccessTokenOptions): AccessTokenAnswer | undefined {
    const answer = this.get(options);
    if (!answer || !this.#sessions.isCurrent(answer.generation)) return undefined;
    const isFresh = answer.freshFor === null || answer.freshFor > 0;
    const livesLongEnough = answer.expires_in === null || answer.expires_in >= (options.minTtl ?? 0);
    return isFresh && livesLongEnough ? answer : undefined;
  }

  /** A token that is valid now, or from a refresh that begins now. */
  async give(options: AccessTokenOptions, isForced?: boolean | null): Promise<AccessTokenResponse> {
    const minTtl = options.minTtl ?? 0;
    // JSON has no NaN and no infinity: both would arrive as null, as if nothing had been asked.
    if (!(Number.isFinite(minTtl) && minTtl >= 0)) {
      const message = '`minTtl` has to be a number of seconds, and not a negative one.';
      throw keyfobError(AccessTokenError, 'invalid_argument', message);
    }
    this.#sessions.follow();
    if (isForced) return toResponse(await this.refresh(options));
    return toResponse(this.getFresh(options) ?? (await this.ask(options)));
  }

  /** Asks for a token that is valid now. Who asks for the same thing meanwhile, asks together. */
  async ask(options: AccessTokenOptions): Promise<AccessTokenAnswer> {
    const question = `${keyOf(options)}${options.minTtl ?? 0}`;
    let asking = this.#questions.get(question);
    if (!asking) {
      asking = this.#question(options, ++this.#order).finally(() => {
        if (this.#questions.get(question) === asking) this.#questions.delete(question);
      });
      this.#questions.set(question, asking);
    }
    return aged(await asking);
  }

  /** Asks for a token from a refresh that begins now: nobody else's question would do. */
  async refresh(options: AccessTokenOptions): Promise<AccessTokenAnswer> {
    return aged(await this.#question(options, null));
  }

  /** Without a place before its answer it is a refresh: what was asked for earlier brings nothing newer. */
  async #question(options: AccessTokenOptions, place: number | null): Promise<Held> {
    const { audience = null, scope = null, minTtl = null } = options;
    const era = this.#era;
    const asked = now();
    const command = place === null ? commands.refresh : commands.getAccessToken;
    const answer = await patiently(call(AccessTokenError, () => command({ audience, scope, minTtl })));
    if (era !== this.#era) throw this.#overtaken();
    if (place === null) this.#questions.clear();
    const held = { answer, asked, order: place ?? ++this.#order };
    this.#keep(keyOf(options), held);
    return held;
  }

  #keep(key: string, held: Held): void {
    if ((this.#held.get(key)?.order ?? 0) > held.order) return;
    this.#held.set(key, held);
    if (key === OWN) this.observer?.onToken();
  }

  #follow(): void {
    const was = this.#session;
    const session = this.#sessions.getSnapshot().session;
    this.#session = session;
    const account = accountOf(session);
    // Who can't be told, because the keychain is locked say, is nobody else.
    const isElse = account !== null && this.#account !== null && account !== this.#account;
    if (isElse || isOver(was, session)) this.clear();
    this.#account = account ?? this.#account;
    this.observer?.onSession();
  }

  #overtaken(): AccessTokenError {
    return this.#session.status === 'signed_out'
      ? keyfobError(AccessTokenError, 'not_authenticated', 'Nobody is signed in any more.')
      : keyfobError(AccessTokenError, 'superseded', 'Somebody else has signed in meanwhile.');
  }
}

/** This window's tokens. */
export const tokenCache = /* @__PURE__ */ shared('tokens', () => new TokenCache(sessionStore));

/** Whether it is the sign-in's own token: the one that is shown and kept fresh. */
export function isOwn(options: AccessTokenOptions): boolean {
  return keyOf(options) === OWN;
}

/** Whether a session has ended in between, if only for another of the same person. */
function isOver(was: Session, { status }: Session): boolean {
  return status === 'signed_out'
    ? was.status !== status
    : was.status === 'reauth_required' && status === 'signed_in';
}

const OWN = '[null]';

/** What the engine tells tokens apart by; the order of scopes means nothing (RFC 6749, section 3.3). */
function keyOf({ audience, scope }: AccessTokenOptions): string {
  const scopes = new Set(scope?.split(/\s+/).filter(Boolean));
  return JSON.stringify([audience ?? null, ...[...scopes].sort()]);
}

/** The answer, with its spans counted from now. */
function aged({ answer, asked }: Held): AccessTokenAnswer {
  const age = secondsSince(asked);
  const left = (seconds: number | null) => seconds && Math.max(seconds - age, 0);
  return { ...answer, freshFor: left(answer.freshFor), expires_in: left(answer.expires_in) };
}

function patiently<T>(asking: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    const giveUp = () => reject(keyfobError(AccessTokenError, 'internal', 'Keyfob does not answer.'));
    timer = setTimeout(giveUp, PATIENCE_MS);
  });
  return Promise.race([asking, tooLong]).finally(() => clearTimeout(timer));
}

/** Without what is the window's own concern, and in the whole seconds that the engine counts in. */
function toResponse({ freshFor, generation, ...response }: AccessTokenAnswer): AccessTokenResponse {
  const { expires_in } = response;
  return { ...response, expires_in: expires_in && Math.round(expires_in) };
}
