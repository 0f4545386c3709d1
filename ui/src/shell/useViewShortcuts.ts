import { useEffect } from 'react';
import { type ViewName, views } from './navigation';

/** Ctrl (on macOS: Command) with a digit or, for the settings, a comma: as in other desktop apps. */
export function useViewShortcuts(go: (view: ViewName) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const view = isMeant(event) ? viewOf(event.key) : undefined;
      if (!view) return;
      event.preventDefault();
      go(view);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [go]);
}

/** What stands beside the entry for a view, and in `aria-keyshortcuts`. */
export function shortcutOf(view: (typeof views)[number]): { shown: string; spoken: string } {
  const key = view === 'settings' ? ',' : String(views.indexOf(view) + 1);
  return isMac()
    ? { shown: `⌘${key}`, spoken: `Meta+${key}` }
    : { shown: `Ctrl ${key}`, spoken: `Control+${key}` };
}

function isMeant({ ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  return (isMac() ? metaKey && !ctrlKey : ctrlKey && !metaKey) && !altKey && !shiftKey;
}

function viewOf(key: string): ViewName | undefined {
  if (key === ',') return 'settings';
  return /^\d$/u.test(key) ? views[Number(key) - 1] : undefined;
}

function isMac(): boolean {
  return /macintosh/iu.test(navigator.userAgent);
}
