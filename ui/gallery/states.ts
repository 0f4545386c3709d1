import { homeStates } from './states/home';
import { settingsStates } from './states/settings';
import { signInStates } from './states/signIn';
import type { State } from './states/state';

/** Every state of the app. */
export const states: readonly State[] = [...signInStates, ...homeStates, ...settingsStates];
