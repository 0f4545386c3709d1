const PREFIX = 'plugin:keyfob|';

/** One call that crossed the boundary between script and engine. */
export interface Call {
  /** The command's name, such as `get_access_token`. */
  readonly command: string;
  /** Its arguments as they arrive in Rust: by way of JSON, or bytes. */
  readonly args: Record<string, unknown>;
  /** What the call has beside its arguments. */
  readonly headers: Headers;
}

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
          const command = name.slice(PREFIX.length);
          return overTheWire(
            await answer({
              command,
              args: overTheWire(args as Record<string, unknown>),
              headers: new Headers(options.headers),
            }),
          );
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

/** What arrives on the other side: nothing is shared, and what JSON can't say is gone. Bytes go as they are. */
function overTheWire<T>(value: T): T {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value) || value === undefined) return value;
  return JSON.parse(JSON.stringify(value));
}
