import { never } from '../boundary';
import { pass } from '../clock';
import { withTokens } from './people';
import { byTestId, goTo, type Stage, type State, screen } from './state';

const ADDRESS = byTestId('url');
const send = { click: byTestId('send') };

const NOTES = {
  notes: [
    { id: 1, title: 'Analytical Engine, note G', pinned: true },
    { id: 2, title: 'Bernoulli numbers', pinned: false, tags: ['mathematics', 'draft'] },
  ],
  next: null,
};

/** An API that answers after a while. */
function withApi({ engine }: Stage, answer: () => Response): void {
  engine.onFetch(() => {
    pass(38);
    return answer();
  });
}

function asked(name: string, answer: () => Response, narrow: { narrow?: true } = {}): State {
  return {
    name,
    ...narrow,
    arrange: (stage) => {
      withTokens(stage);
      withApi(stage, answer);
    },
    steps: [...goTo('2'), { type: '/notes', into: ADDRESS }, send],
    shows: byTestId('answer'),
  };
}

export const consoleStates: readonly State[] = [
  { name: 'console', narrow: true, arrange: withTokens, steps: goTo('2'), shows: screen('console') },
  asked('console-answer', () => Response.json(NOTES, { statusText: 'OK' }), { narrow: true }),
  asked('console-refused', () =>
    Response.json({ error: 'forbidden' }, { status: 403, statusText: 'Forbidden' }),
  ),
  asked('console-empty-answer', () => new Response(null, { status: 204, statusText: 'No Content' })),
  {
    name: 'console-waiting',
    arrange: (stage) => {
      withTokens(stage);
      stage.engine.answer('fetch', never);
    },
    steps: [...goTo('2'), send],
    shows: byTestId('cancel-request'),
  },
  {
    name: 'console-error',
    arrange: (stage) => {
      withTokens(stage);
      stage.engine.fail('fetch', 'network', { message: 'notes.example.com refused the connection.' });
    },
    steps: [...goTo('2'), send],
    shows: byTestId('error'),
  },
  {
    name: 'console-url-not-allowed',
    arrange: (stage) => {
      withTokens(stage);
      stage.engine.fail('fetch', 'url_not_allowed', {
        message: 'No resource of the configuration has the origin https://elsewhere.example.com.',
      });
    },
    steps: [...goTo('2'), send],
    shows: byTestId('error'),
  },
  {
    name: 'console-invalid-target',
    arrange: (stage) => {
      withTokens(stage);
      stage.engine.fail('fetch', 'token_request_failed', {
        message: 'The sign-in provider refused: invalid_target.',
        oauthError: 'invalid_target',
        signIn: { audience: 'https://api.example.com' },
      });
    },
    steps: [...goTo('2'), send],
    shows: byTestId('error'),
  },
  {
    name: 'console-no-api',
    arrange: (stage) => {
      withTokens(stage);
      const { provider } = stage.host.state;
      if (provider) {
        const none = { ...provider, apiBaseUrl: null, resources: [] };
        stage.host.state = { ...stage.host.state, provider: none };
      }
    },
    steps: goTo('2'),
    shows: screen('console'),
  },
];
