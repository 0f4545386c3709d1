import { useCallback, useEffect, useRef, useState } from 'react';
import { isKeyfobError, KeyfobError } from 'tauri-plugin-keyfob-api';
import { type Draft, exchange } from './exchange';
import { type Exchange, remember } from './history';

/** A request that is sent, one at a time. */
export interface Sending {
  readonly busy: boolean;
  /** The exchange in sight, the last one or one that was opened again. */
  readonly shown: Exchange | null;
  readonly wasCancelled: boolean;
  send(draft: Draft): Promise<void>;
  cancel(): void;
  open(exchange: Exchange): void;
}

interface Sight {
  readonly shown: Exchange | null;
  readonly wasCancelled: boolean;
}

export function useExchange(account: string | null): Sending {
  const [busy, setBusy] = useState(false);
  const [sight, setSight] = useState<Sight>({ shown: null, wasCancelled: false });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const send = useCallback(
    async (draft: Draft) => {
      if (running.current) return;
      const controller = new AbortController();
      running.current = controller;
      setBusy(true);
      const result = await exchange(draft, controller.signal).catch(asKeyfobError);
      running.current = null;
      setBusy(false);
      if (controller.signal.aborted) {
        setSight((before) => ({ ...before, wasCancelled: true }));
        return;
      }
      const at = Math.floor(Date.now() / 1000);
      setSight({ shown: remember({ account, draft, at, result }), wasCancelled: false });
    },
    [account],
  );
  const cancel = useCallback(() => running.current?.abort(), []);
  const open = useCallback((shown: Exchange) => setSight({ shown, wasCancelled: false }), []);
  return { busy, ...sight, send, cancel, open };
}

function asKeyfobError(error: unknown): KeyfobError {
  if (isKeyfobError(error)) return error;
  const nothing = { retryAfter: null, oauthError: null, oauthErrorDescription: null, signIn: null };
  const message = error instanceof Error ? error.message : String(error);
  return new KeyfobError(message, { code: 'internal', retryable: false, ...nothing });
}
