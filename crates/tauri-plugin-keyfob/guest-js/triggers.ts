/** Coming back to a window is several events at once: they count as one. */
const TOGETHER_MS = 50;

/**
 * Calls `look` whenever the world may have changed behind a timer's back: the window is seen again, the network
 * is back, the page comes out of the cache.
 * @returns a function that ends it.
 */
export function onReturn(look: () => void): () => void {
  let isSoon = false;
  const soon = () => {
    if (isSoon) return;
    isSoon = true;
    setTimeout(() => {
      isSoon = false;
      look();
    }, TOGETHER_MS);
  };
  const soonIfVisible = () => {
    if (document.visibilityState === 'visible') soon();
  };
  const listening = new AbortController();
  const { signal } = listening;
  document.addEventListener('visibilitychange', soonIfVisible, { signal });
  for (const event of ['focus', 'online', 'pageshow']) window.addEventListener(event, soon, { signal });
  return () => listening.abort();
}
