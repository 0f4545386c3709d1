import { now } from '../clock';
import { ADA, LONG_EMAIL, LONG_NAME, signedIn, withAccounts, withTokens } from './people';
import { byTestId, type State, type Step } from './state';

/** Long enough to be seen at the rings. */
const inUse: readonly Step[] = [{ await: byTestId('token') }, { passSeconds: 100 }];

export const homeStates: readonly State[] = [
  { name: 'home', narrow: true, arrange: withTokens, steps: inUse, shows: byTestId('token') },
  { name: 'home-refreshing', arrange: signedIn({ freshness: 'refreshing' }), shows: byTestId('token') },
  {
    name: 'home-stale',
    arrange: ({ engine }) => {
      engine.signInAs(ADA);
      engine.expireToken();
    },
    shows: byTestId('token'),
  },
  {
    name: 'home-offline',
    arrange: ({ engine }) => {
      engine.signInAs(ADA);
      engine.goOffline();
    },
    shows: byTestId('token'),
  },
  { name: 'home-not-renewable', arrange: signedIn({ renewable: false }), shows: byTestId('token') },
  {
    name: 'home-storage-degraded',
    arrange: signedIn({ storageDegraded: true }),
    shows: byTestId('storage-degraded'),
  },
  {
    name: 'home-endless-token',
    arrange: ({ engine }) => void engine.signInAs({ ...ADA, lifetime: null }),
    shows: byTestId('token'),
  },
  {
    name: 'home-long-name',
    narrow: true,
    arrange: ({ engine }) => void engine.signInAs({ ...ADA, name: LONG_NAME, email: LONG_EMAIL }),
    shows: byTestId('token'),
  },
  {
    name: 'home-renewal-failed',
    arrange: (stage) => {
      withTokens(stage);
      stage.engine.fail('refresh', 'provider_unreachable');
    },
    steps: [{ click: byTestId('refresh') }],
    shows: byTestId('error'),
  },
  {
    name: 'home-api-answer',
    arrange: withTokens,
    steps: [{ click: byTestId('call-api') }],
    shows: byTestId('api-answer'),
  },
  {
    name: 'home-api-error',
    arrange: (stage) => {
      withTokens(stage);
      stage.engine.fail('fetch', 'network');
    },
    steps: [{ click: byTestId('call-api') }],
    shows: byTestId('error'),
  },
  {
    name: 'home-claims',
    arrange: withTokens,
    steps: [
      { click: 'section button[data-state="off"]' },
      { type: 'a', into: 'input[type="search"]' },
      { scrollTo: 'section:last-of-type' },
    ],
    shows: byTestId('claims'),
  },
  {
    name: 'home-claims-none',
    arrange: withTokens,
    steps: [{ type: 'zebra', into: 'input[type="search"]' }, { scrollTo: 'section:last-of-type' }],
    shows: 'main:not(:has([data-testid="claims"]))',
  },
  {
    name: 'accounts',
    narrow: true,
    arrange: withAccounts,
    steps: [...inUse, { click: byTestId('account-menu') }],
    shows: byTestId('add-account'),
  },
  {
    name: 'accounts-adding',
    arrange: (stage) => {
      withTokens(stage);
      const way = { redirect: 'deep_link', deepLinkFault: null, answered: false } as const;
      stage.engine.publish({ signIn: { id: 'second', purpose: 'account', ...way, deadline: now() + 600 } });
    },
    shows: byTestId('pending-sign-in'),
  },
];
