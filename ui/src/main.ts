import './styles.css';
import { getSession } from 'tauri-plugin-keyfob-api';
import { getAppState } from './host/commands';

// Asked at once: the answers come while the window's script, which is much longer than this one, is loaded.
const appState = getAppState().catch(() => undefined);
const session = getSession().catch(() => undefined);

void import('./start').then(({ start }) => start(appState, session));
