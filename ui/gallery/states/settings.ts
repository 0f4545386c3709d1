import { ADA } from './people';
import { goTo, type State, screen } from './state';

function settings(name: string, change: State['arrange'], narrow: { narrow?: true } = {}): State {
  return {
    name,
    ...narrow,
    arrange: (stage) => {
      stage.engine.signInAs(ADA);
      change(stage);
    },
    steps: goTo(','),
    shows: screen('settings'),
  };
}

export const settingsStates: readonly State[] = [
  settings('settings', () => {}, { narrow: true }),
  settings('settings-baked', ({ host }) => {
    host.state = { ...host.state, providerSource: 'baked', canChangeProvider: false };
  }),
  settings('settings-no-provider', ({ host, engine }) => {
    host.state = { ...host.state, provider: null, providerSource: 'none' };
    engine.signOut();
  }),
];
