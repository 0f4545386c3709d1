/**
 * Calls `look` whenever the world may have changed behind a timer's back: the window is seen again, the network
 * is back, the page comes out of the cache.
 * @returns a function that ends it.
 */
export function onReturn(look: () => void): () => void {
  const lookIfVisible = () => {
    if (document.visibilityState === 'visible') look();
  };
  document.addEventListener('visibilitychange', lookIfVisible);
  for (const event of ['focus', 'online', 'pageshow']) window.addEventListener(event, look);
  return () => {
    document.removeEventListener('visibilitychange', lookIfVisible);
    for (const event of ['focus', 'online', 'pageshow']) window.removeEventListener(event, look);
  };
}
