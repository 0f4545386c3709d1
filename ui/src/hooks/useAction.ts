import { useCallback, useRef, useState } from 'react';
import { isKeyfobError } from 'tauri-plugin-keyfob-api';
import type { ShownError } from '../components/ErrorNotice';

/** Something that a button starts. */
export interface Action {
  readonly run: () => Promise<void>;
  readonly busy: boolean;
  /** Why the last run failed; gone when the next one starts. */
  readonly error: ShownError | null;
}

/** Runs `act` once at a time, and keeps what there is to show of it. */
export function useAction(act: () => Promise<unknown>): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ShownError | null>(null);
  const latest = useRef(act);
  latest.current = act;
  const running = useRef(false);

  const run = useCallback(async () => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await latest.current();
    } catch (cause) {
      setError(toShownError(cause));
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);

  return { run, busy, error };
}

function toShownError(cause: unknown): ShownError {
  if (isKeyfobError(cause)) return cause;
  return { code: 'internal', message: cause instanceof Error ? cause.message : String(cause) };
}
