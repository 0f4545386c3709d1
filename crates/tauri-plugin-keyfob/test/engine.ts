import { clearMocks, mockIPC } from '@tauri-apps/api/mocks';
import type {
  AccessTokenResponse,
  FetchRequest,
  KeyfobErrorPayload,
  Session,
  Snapshot,
} from '../guest-js/bindings.js';

type Answer = (args: Record<string, unknown>) => unknown;
type SignedIn = Extract<Session, { status: 'signed_in' }>;

/** Stands in for Rust at Tauri's own boundary: answers commands, and sends snapshots through the channel. */
export class FakeEngine {
  readonly calls: { command: string; args: Record<string, unknown> }[] = [];
  snapshot: Snapshot = { generation: 1, session: { status: 'loading' }, signIn: null, signInError: null };
  readonly #answers = new Map<string, Answer>();
  readonly #channels: { id: number; sent: number }[] = [];

  constructor() {
    mockIPC((name, args) =>
      this.#answer(name.replace('plugin:keyfob|', ''), args as Record<string, unknown>),
    );
    this.answer('get_session', () => this.snapshot);
    this.answer('subscribe', ({ channel }) => {
      this.#channels.push({ id: (channel as { id: number }).id, sent: 0 });
      this.send(this.snapshot);
      return null;
    });
  }

  /** Decides how a command is answered from now on; a promise, or a thrown payload, works as well. */
  answer(command: string, answer: Answer): this {
    this.#answers.set(command, answer);
    return this;
  }

  /** Changes parts of the snapshot, under a new generation. */
  publish(change: Partial<Omit<Snapshot, 'generation'>>): void {
    this.snapshot = { ...this.snapshot, ...change, generation: this.snapshot.generation + 1 };
    this.send(this.snapshot);
  }

  /** Sends a snapshot just as it is, out of order if need be. */
  send(message: Snapshot): void {
    for (const channel of this.#channels) {
      const { runCallback } = (window as unknown as TauriWindow).__TAURI_INTERNALS__;
      runCallback(channel.id, { index: channel.sent, message });
      channel.sent += 1;
    }
  }

  count(command: string): number {
    return this.calls.filter((call) => call.command === command).length;
  }

  lastRequest(): FetchRequest | undefined {
    return this.calls.filter((call) => call.command === 'fetch').at(-1)?.args.request as FetchRequest;
  }

  #answer(command: string, args: Record<string, unknown>): unknown {
    this.calls.push({ command, args });
    const answer = this.#answers.get(command);
    if (!answer) throw `Command plugin:keyfob|${command} not found`;
    return answer(args);
  }
}

interface TauriWindow {
  __TAURI_INTERNALS__: { runCallback: (id: number, message: unknown) => void };
}

/** Leaves no Tauri behind. */
export function removeEngine(): void {
  clearMocks();
  Reflect.deleteProperty(window, '__TAURI_INTERNALS__');
}

export function signedIn(change: Partial<SignedIn> & { id?: string } = {}): SignedIn {
  const { id = 'ada', ...rest } = change;
  return {
    status: 'signed_in',
    user: {
      sub: id,
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      emailVerified: true,
      picture: null,
    },
    account: { id, issuer: 'https://id.example.com', subject: id },
    freshness: 'fresh',
    offline: false,
    renewable: true,
    storageDegraded: false,
    expiresAt: inSeconds(300),
    ...rest,
  };
}

export function tokenResponse(token: string, lifetime = 300): AccessTokenResponse {
  const expiresAt = inSeconds(lifetime);
  return {
    token,
    expires_at: expiresAt,
    expires_in: lifetime,
    expiresAt,
    scope: 'openid',
    token_type: 'Bearer',
    audience: null,
  };
}

export function failure(
  code: KeyfobErrorPayload['code'],
  change: Partial<KeyfobErrorPayload> = {},
): KeyfobErrorPayload {
  const message = `The engine says ${code}.`;
  return {
    code,
    message,
    retryable: false,
    retryAfter: null,
    oauthError: null,
    oauthErrorDescription: null,
    signIn: null,
    ...change,
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
