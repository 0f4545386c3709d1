const PREFIX = 'plugin:keyfob|';

/** One call that crossed the boundary between script and engine. */
export interface Call {
  /** The command's name, such as `get_access_token`. */
  readonly command: string;
  /** Its arguments as they arrive in Rust, by way of JSON: those of a call with bytes come in its header. */
  readonly args: Record<string, unknown>;
  /** Its bytes, if it has any. */
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** Where a call with bytes has its arguments. */
const HEADER = 'keyfob-request';

interface InvokeOptions {
  headers?: HeadersInit;
}

interface TauriInternals {
  invoke(command: string, args?: unknown, options?: InvokeOptions): Promise<unknown>;
  transformCallback(callback?: (message: unknown) => void, once?: boolean): number;
  unregisterCallback(id: number): void;
  runCallback(id: number, message: unknown): void;
}

interface TauriWindow {
  __TAURI_INTERNALS__?: TauriInternals;
}

/** Tauri's own boundary, as a window sees it. Commands of other plugins go where they went before. */
export class Ipc {
  readonly #before = internals();
  readonly #callbacks = new Map<number, (message: unknown) => void>();
  #lastCallback = 0;

  constructor(answer: (call: Call) => unknown) {
    const before = this.#before;
    (window as TauriWindow).__TAURI_INTERNALS__ = {
      ...before,
      invoke: async (name, args = {}, options = {}) => {
        if (name.startsWith(PREFIX)) {
          return overTheWire(await answer(toCall(name.slice(PREFIX.length), args, options)));
        }
        if (!before) throw `Command ${name} not found`;
        return before.invoke(name, args, options);
      },
      transformCallback: (callback, once) => this.#register(callback, once),
      unregisterCallback: (id) => void this.#callbacks.delete(id),
      runCallback: (id, message) => this.run(id, message),
    };
  }

  /** Delivers a message to script; nobody may be there any more. */
  run(id: number, message: unknown): void {
    const callback = this.#callbacks.get(id);
    if (callback) callback(message);
    else this.#before?.runCallback(id, message);
  }

  /** Leaves the window as it was. */
  remove(): void {
    if (this.#before) (window as TauriWindow).__TAURI_INTERNALS__ = this.#before;
    else Reflect.deleteProperty(window, '__TAURI_INTERNALS__');
  }

  #register(callback: ((message: unknown) => void) | undefined, once = false): number {
    this.#lastCallback += 1;
    const id = this.#lastCallback;
    this.#callbacks.set(id, (message) => {
      if (once) this.#callbacks.delete(id);
      callback?.(message);
    });
    return id;
  }
}

function internals(): TauriInternals | undefined {
  return (window as TauriWindow).__TAURI_INTERNALS__;
}

function toCall(command: string, args: unknown, { headers }: InvokeOptions): Call {
  if (!isBytes(args)) return { command, args: overTheWire(args) as Record<string, unknown> };
  const head: unknown = JSON.parse(new Headers(headers).get(HEADER) ?? '{}');
  return { command, args: head as Record<string, unknown>, body: Uint8Array.from(args) };
}

/** What arrives on the other side: nothing is shared, and what JSON can't say is gone. Bytes go as they are. */
function overTheWire(value: unknown): unknown {
  if (value === undefined || Object.prototype.toString.call(value) === '[object ArrayBuffer]') return value;
  return JSON.parse(JSON.stringify(value));
}

function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value);
}
