import { sessionStore, tokenStore } from 'tauri-plugin-keyfob-api/store';
import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

function useStore<T>(store: { subscribe(changed: () => void): () => void; getSnapshot(): T }): ShallowRef<T> {
  const value = shallowRef(store.getSnapshot());
  onScopeDispose(
    store.subscribe(() => {
      value.value = store.getSnapshot();
    }),
  );
  return value;
}

export const useSnapshot = () => useStore(sessionStore);
export const useToken = () => useStore(tokenStore);
