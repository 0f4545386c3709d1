import i18next from 'i18next';
import { useEffect } from 'react';
import { type ViewName, views } from './navigation';

/** Of the app's menu on macOS, which knows nothing of views (src-tauri/src/window.rs). */
const SETTINGS_CHOSEN = 'keyfob:settings';

/** Ctrl (on macOS: Command) with a digit or, for the settings, a comma: as in other desktop apps. */
export function useViewShortcuts(go: (view: ViewName) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const view = isMeant(event) ? viewOf(event.key) : undefined;
      if (!view) return;
      event.preventDefault();
      go(view);
    };
    const showSettings = () => go('settings');
    addEventListener('keydown', onKeyDown);
    addEventListener(SETTINGS_CHOSEN, showSettings);
    return () => {
      removeEventListener('keydown', onKeyDown);
      removeEventListener(SETTINGS_CHOSEN, showSettings);
    };
  }, [go]);
}

/** What stands beside the entry for a view, and in `aria-keyshortcuts`. */
export function shortcutOf(view: (typeof views)[number]): { shown: string; spoken: string } {
  const key = view === 'settings' ? ',' : String(views.indexOf(view) + 1);
  return isMac()
    ? { shown: `⌘${key}`, spoken: `Meta+${key}` }
    : { shown: `${i18next.t('control')} + ${key}`, spoken: `Control+${key}` };
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
