import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { languageOf, noApp } from './appState';
import type { AppState } from './host/commands';
import { startI18n } from './i18n';
import { Root } from './Root';

/**
 * Renders the window once both answers are there: nothing is shown in one language and then in another; nor, as a rule,
 * that the session isn't known yet.
 */
export async function start(asked: Promise<AppState | undefined>, session: Promise<unknown>): Promise<void> {
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no #root.');
  const appState = (await asked) ?? noApp;
  await session;
  document.documentElement.dataset.platform = appState.platform;
  startI18n(languageOf(appState.settings));
  // At once, and not in a task of its own.
  flushSync(() => createRoot(root).render(<Root appState={appState} />));
}
