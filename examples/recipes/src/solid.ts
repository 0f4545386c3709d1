import { type Accessor, createSignal, onCleanup } from 'solid-js';
import { sessionStore, tokenStore } from 'tauri-plugin-keyfob-api/store';

function createStoreSignal<T>(store: {
  subscribe(changed: () => void): () => void;
  getSnapshot(): T;
}): Accessor<T> {
  const [value, setValue] = createSignal(store.getSnapshot());
  onCleanup(store.subscribe(() => setValue(() => store.getSnapshot())));
  return value;
}

export const createSnapshot = () => createStoreSignal(sessionStore);
export const createToken = () => createStoreSignal(tokenStore);
