import { useSyncExternalStore } from 'react';
import type { KeyfobError } from 'tauri-plugin-keyfob-api';
import type { Answer, Draft } from './exchange';

/** A request of this run, and what became of it. */
export interface Exchange {
  readonly id: number;
  /** Whose session it was sent in: nobody else gets to see it. */
  readonly account: string | null;
  readonly draft: Draft;
  /** In seconds since the epoch. */
  readonly at: number;
  readonly result: Answer | KeyfobError;
}

/** As many as one looks back for. */
const MOST = 10;

let exchanges: readonly Exchange[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

/** Remembers an exchange until the window is closed; it is written down nowhere. */
export function remember(exchange: Omit<Exchange, 'id'>): Exchange {
  lastId += 1;
  const remembered = { ...exchange, id: lastId };
  exchanges = [remembered, ...exchanges].slice(0, MOST);
  for (const listener of listeners) listener();
  return remembered;
}

/** The last requests of an account, the newest first. */
export function useHistory(account: string | null): readonly Exchange[] {
  const all = useSyncExternalStore(subscribe, () => exchanges);
  return all.filter((exchange) => exchange.account === account);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function isAnswer(result: Exchange['result']): result is Answer {
  return !(result instanceof Error);
}
