import { createSubscriber } from 'svelte/reactivity';
import { sessionStore, tokenStore } from 'tauri-plugin-keyfob-api/store';

function reactive<T>(store: { subscribe(changed: () => void): () => void; getSnapshot(): T }): () => T {
  const follow = createSubscriber((changed) => store.subscribe(changed));
  return () => {
    follow();
    return store.getSnapshot();
  };
}

export const snapshot = reactive(sessionStore);
export const token = reactive(tokenStore);
