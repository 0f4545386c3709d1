import { useCallback, useRef, useState } from 'react';
import { SignInError, toKeyfobError } from '../../errors.js';
import type { SignInFailure } from './parts.js';

/** Something that a button starts. */
export interface Action {
  /** Starts it, unless it runs already. Never rejects. */
  readonly run: () => Promise<void>;
  /** Whether it runs. */
  readonly busy: boolean;
  /** Why the last run failed; gone when the next one starts. */
  readonly error: SignInFailure | null;
}

const AT_REST = { busy: false, error: null };

/** Runs `act` once at a time, and keeps what there is to show of it: for buttons of your own, as "Sign out". */
export function useAction(act: () => Promise<unknown>): Action {
  const [view, setView] = useState<Omit<Action, 'run'>>(AT_REST);
  const running = useRef(false);
  const latest = useRef(act);
  latest.current = act;

  const run = useCallback(async () => {
    if (running.current) return;
    running.current = true;
    setView({ busy: true, error: null });
    try {
      await latest.current();
      setView(AT_REST);
    } catch (cause) {
      setView({ busy: false, error: toKeyfobError(SignInError, cause) });
    } finally {
      running.current = false;
    }
  }, []);

  return { run, ...view };
}
