import { useState } from 'react';
import { useNow } from './useNow';

/** How much of a token's life is left. */
export interface TokenLife {
  readonly secondsLeft: number;
  /** From 1 when this window first saw the token, down to 0. */
  readonly share: number;
}

/** Snapshots carry the end of a token's life and not its beginning, so its whole is what was first seen of it. */
export function useTokenLife(expiresAt: number): TokenLife {
  const now = useNow();
  const [seen, setSeen] = useState({ expiresAt, at: now });
  if (seen.expiresAt !== expiresAt) setSeen({ expiresAt, at: now });
  const secondsLeft = Math.max(expiresAt - now, 0);
  const whole = expiresAt - seen.at;
  return { secondsLeft, share: whole > 0 ? Math.min(secondsLeft / whole, 1) : 0 };
}
