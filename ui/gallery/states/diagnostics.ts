import { failure } from 'tauri-plugin-keyfob-api/testing';
import { never } from '../boundary';
import { WELL, withChecks, withTroubles } from './checks';
import { eventfulEvents } from './events';
import { ADA } from './people';
import { byTestId, goTo, type Stage, type State, screen } from './state';

function diagnostics(
  name: string,
  checks: () => unknown,
  shows = byTestId('health-keychain'),
  events: () => unknown = eventfulEvents,
): State {
  return {
    name,
    arrange: ({ engine }: Stage) => {
      engine.signInAs(ADA);
      withChecks(engine, checks);
      engine.answer('list_events', events);
    },
    steps: goTo('4'),
    shows,
  };
}

export const diagnosticsStates: readonly State[] = [
  { ...diagnostics('diagnostics', () => WELL), narrow: true },
  {
    ...diagnostics('diagnostics-ill', () => WELL),
    arrange: ({ engine }: Stage) => {
      engine.signInAs(ADA);
      withTroubles(engine);
      engine.answer('list_events', eventfulEvents);
    },
  },
  diagnostics('diagnostics-looking', never, `${byTestId('look-again')}[aria-disabled="true"]`),
  diagnostics('diagnostics-error', () => Promise.reject(failure('internal')), byTestId('error')),
  diagnostics(
    'diagnostics-no-events',
    () => WELL,
    screen('diagnostics'),
    () => [],
  ),
];
