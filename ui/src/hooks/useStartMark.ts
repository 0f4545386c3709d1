import { useLayoutEffect } from 'react';
import { useSession } from 'tauri-plugin-keyfob-api/react';

/** Marks in the page's timeline when it first shows who is signed in; `npm run bench -- start` reads it there. */
export function useStartMark(): void {
  const { session } = useSession();
  const isKnown = session.status !== 'loading';
  useLayoutEffect(() => {
    if (!isKnown) return;
    // After the frame that paints what was rendered.
    const frame = requestAnimationFrame(() => setTimeout(() => performance.mark('usable')));
    return () => cancelAnimationFrame(frame);
  }, [isKnown]);
}
