import type { FetchOutcome } from 'tauri-plugin-keyfob-api';

/** A step of a request's way. */
export type Step = 'token' | 'token_due' | 'refresh' | 'refused' | 'replay' | 'answer';

const WAYS: Readonly<Record<FetchOutcome, readonly Step[]>> = {
  cached: ['token', 'answer'],
  refreshed: ['token_due', 'refresh', 'answer'],
  replayed: ['token', 'refused', 'refresh', 'replay', 'answer'],
};

/** What happened between pressing "Send" and the answer. */
export function wayOf(outcome: FetchOutcome): readonly Step[] {
  return WAYS[outcome];
}
