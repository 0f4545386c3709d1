import './styles.css';
import { createRoot } from 'react-dom/client';
import { getSession } from 'tauri-plugin-keyfob-api';
import { languageOf, noApp } from './appState';
import { getAppState } from './host/commands';
import { startI18n } from './i18n';
import { Root } from './Root';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root.');

void start(root);

/** Nothing is shown in one language and then in another; nor, as a rule, that the session isn't known yet. */
async function start(root: HTMLElement): Promise<void> {
  const session = getSession().catch(() => undefined);
  const appState = await getAppState().catch(() => noApp);
  await session;
  startI18n(languageOf(appState.settings));
  createRoot(root).render(<Root appState={appState} />);
}
