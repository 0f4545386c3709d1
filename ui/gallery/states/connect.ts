import type { Answer } from '../boundary';
import { never } from '../boundary';
import { byTestId, type Stage, type State, type Step, screen } from './state';

const FILLED: readonly Step[] = [
  { click: byTestId('preset-other') },
  { type: 'https://id.example.com', into: byTestId('issuer') },
  { type: 'keyfob-desktop', into: byTestId('client-id') },
];
const check: Step = { click: byTestId('check-provider') };

const REDIRECT_URIS = ['dev.keyfob.desktop:/callback', 'http://127.0.0.1/callback'];

function found(subject: string, status: string, message: string, fix: string | null = null) {
  return { subject, status, message, fix };
}

/** As the engine says it. */
const GOOD = {
  checks: [
    found('metadata', 'ok', "The provider's metadata and keys have all that is needed."),
    found('issuer', 'ok', 'The provider calls itself by the issuer that is configured.'),
    found('code_flow', 'ok', 'The provider offers the authorization code flow.'),
    found('pkce', 'ok', 'The provider takes PKCE with S256.'),
    found(
      'refresh_tokens',
      'warning',
      "The provider doesn't say whether it gives refresh tokens.",
      'Allow this app refresh tokens at the provider, or people sign in again whenever an access token expires.',
    ),
    found('resources', 'ok', 'No API is configured; requests would name APIs by `resource` (RFC 8707).'),
    found('dpop', 'absent', "The provider doesn't say that it binds tokens to keys (RFC 9449)."),
    found('par', 'absent', 'The provider takes no pushed requests (RFC 9126).'),
    found('revocation', 'ok', "A sign-out ends the session's tokens at once."),
    found('logout', 'ok', 'Who signs out everywhere is signed out in the browser too.'),
    found('iss', 'ok', 'Answers name their issuer (RFC 9207).'),
  ],
  redirectUris: REDIRECT_URIS,
  canSave: true,
};

const BAD = {
  checks: [
    found('metadata', 'ok', 'The provider has metadata.'),
    found(
      'issuer',
      'failed',
      'The provider calls itself by another issuer than the one configured; they must match to the letter.',
      'Copy the issuer from the provider; it may be `https://id.example.com/`.',
    ),
    ...['code_flow', 'pkce', 'refresh_tokens', 'resources', 'dpop', 'par', 'revocation', 'logout', 'iss'].map(
      (subject) => found(subject, 'skipped', "It can't be known, as something before it has failed."),
    ),
  ],
  redirectUris: REDIRECT_URIS,
  canSave: false,
};

/** The first run: nobody has said which provider. */
function connect(
  name: string,
  steps: readonly Step[],
  shows: string,
  commands: Record<string, Answer> = {},
  narrow: { narrow?: true } = {},
): State {
  return {
    name,
    ...narrow,
    arrange: ({ engine, host }: Stage) => {
      host.state = { ...host.state, provider: null, providerSource: 'none' };
      Object.assign(host.commands, commands);
      const message = `Put \`issuer\` and \`clientId\` into ${host.state.configFile}.`;
      engine.publish({ session: { status: 'unavailable', code: 'not_configured', message } });
    },
    steps,
    shows,
  };
}

const good = { check_provider: () => GOOD };
const report = byTestId('provider-report');

export const connectStates: readonly State[] = [
  connect('connect', [], screen('connect'), {}, { narrow: true }),
  connect(
    'connect-preset',
    [{ click: byTestId('preset-keycloak') }],
    `${byTestId('preset-keycloak')}[data-state="checked"]`,
  ),
  connect(
    'connect-secret',
    [{ click: byTestId('preset-google') }],
    `${byTestId('preset-google')}[data-state="checked"]`,
  ),
  connect(
    'connect-no-client-id',
    [{ click: `${byTestId('how-to-register')} button` }],
    `${byTestId('how-to-register')} li`,
  ),
  connect('connect-faults', [check], '[aria-invalid="true"]'),
  connect('connect-checking', [...FILLED, check], `${byTestId('check-provider')}[aria-disabled="true"]`, {
    check_provider: never,
  }),
  connect('connect-good', [...FILLED, check], report, good, { narrow: true }),
  connect('connect-bad', [...FILLED, check], report, { check_provider: () => BAD }),
  connect('connect-refused', [...FILLED, check], byTestId('error'), {
    check_provider: () =>
      Promise.reject({
        code: 'invalid_configuration',
        message: '`issuer` must be an https URL without a query.',
      }),
  }),
  connect(
    'connect-declined',
    [...FILLED, check, { click: byTestId('save-provider') }],
    `${byTestId('save-outcome')}:not(:empty)`,
    { ...good, save_provider: () => 'declined' },
  ),
];
