import { eventfulEvents, quietEvents } from './events';
import { ADA } from './people';
import { byTestId, goTo, type State, type Step, screen } from './state';

function timeline(
  name: string,
  events: () => unknown,
  {
    steps = [],
    shows = byTestId('marker'),
    narrow,
  }: Partial<Pick<State, 'shows' | 'narrow'>> & { steps?: Step[] } = {},
): State {
  return {
    name,
    ...(narrow && { narrow }),
    arrange: ({ engine }) => {
      engine.signInAs({ ...ADA, lifetime: 660 });
      engine.answer('list_events', events);
    },
    steps: [...goTo('3'), ...steps],
    shows,
  };
}

export const timelineStates: readonly State[] = [
  timeline('timeline', quietEvents, { narrow: true }),
  timeline('timeline-eventful', eventfulEvents, { narrow: true }),
  timeline('timeline-tip', eventfulEvents, {
    steps: [{ hover: '[data-testid="marker"][data-kind="refresh_failed"]' }],
    shows: byTestId('marker-tip'),
  }),
  timeline('timeline-list', eventfulEvents, {
    steps: [{ click: 'section [role="radiogroup"]:last-of-type button:last-of-type' }],
    shows: byTestId('event'),
  }),
  timeline('timeline-empty', () => [], { shows: `${screen('timeline')} section` }),
  {
    ...timeline('timeline-error', () => []),
    arrange: ({ engine }) => {
      engine.signInAs(ADA);
      engine.fail('list_events', 'internal');
    },
    shows: byTestId('error'),
  },
];
