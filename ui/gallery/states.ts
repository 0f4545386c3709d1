import { connectStates } from './states/connect';
import { consoleStates } from './states/console';
import { diagnosticsStates } from './states/diagnostics';
import { homeStates } from './states/home';
import { settingsStates } from './states/settings';
import { signInStates } from './states/signIn';
import type { State } from './states/state';
import { timelineStates } from './states/timeline';

/** Every state of the app. */
export const states: readonly State[] = [
  ...connectStates,
  ...signInStates,
  ...homeStates,
  ...consoleStates,
  ...timelineStates,
  ...diagnosticsStates,
  ...settingsStates,
];
