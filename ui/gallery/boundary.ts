/** How one of the app's own commands is answered. */
export type Answer = (args: Record<string, unknown>) => unknown;

/** What Tauri puts into a window, as far as pages use it. The engine of a state takes its own commands from it. */
export function openBoundary(commands: Record<string, Answer>): void {
  const invoke = async (name: string, args: Record<string, unknown> = {}) => {
    const answer = commands[name];
    if (!answer) throw `Command ${name} not found`;
    return structuredClone(await answer(args));
  };
  const convertFileSrc = (path: string, protocol: string) => `${protocol}://localhost/${path}`;
  const metadata = {
    currentWindow: { label: 'main' },
    currentWebview: { windowLabel: 'main', label: 'main' },
  };
  Object.assign(window, { __TAURI_INTERNALS__: { invoke, convertFileSrc, metadata } });
}

/** Never answered, as long as the picture lasts. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
