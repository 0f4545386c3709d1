import type { Diagnostics } from 'tauri-plugin-keyfob-api';
import type { Check } from 'tauri-plugin-keyfob-api/doctor';
import { failure, type TestEngine } from 'tauri-plugin-keyfob-api/testing';

/** As the engine says it where all is well. */
export const WELL: readonly Check[] = [
  well('configuration', 'The configuration has no fault.'),
  well('metadata', "The provider's metadata and keys have all that is needed."),
  well('clock', "This machine's clock is 0 s behind the provider's."),
  well('scheme', "The app's scheme is `dev.keyfob.desktop`."),
  well('handler', 'Links of `dev.keyfob.desktop:` come to this program.'),
  well(
    'redirect',
    'The browser comes back to `dev.keyfob.desktop:/callback`. At the provider has to be registered: `dev.keyfob.desktop:/callback`.',
  ),
  well('keychain', 'The keychain keeps, gives back and deletes.'),
];

/** How far the clock of {@link ILL} is behind, in seconds. */
const BEHIND = 94;

const ILL_ONES: readonly Check[] = [
  {
    subject: 'clock',
    status: 'warning',
    message: `This machine's clock is ${BEHIND} s behind the provider's.`,
    fix: "Set this machine's clock, best by a time server.",
  },
  {
    subject: 'handler',
    status: 'warning',
    message: 'Links of `dev.keyfob.desktop:` go to another program: other.desktop.',
    fix: "Choose this app for such links in the system's settings, or give it a scheme of its own.",
  },
  {
    subject: 'redirect',
    status: 'warning',
    message:
      "Links don't reach this program, so the browser comes back to `http://127.0.0.1/callback` with any port.",
    fix: 'See that links reach it, and that `dev.keyfob.desktop:/callback`, `http://127.0.0.1/callback` with any port are registered at the provider.',
  },
  {
    subject: 'keychain',
    status: 'failed',
    message: "The session can't be kept: the keychain can't be used: nobody answers on the session bus.",
    fix: "Start the system's keychain, which on Linux is GNOME Keyring or KWallet.",
  },
];

/** The same where much is not. */
const ILL: readonly Check[] = WELL.map(
  (check) => ILL_ONES.find(({ subject }) => subject === check.subject) ?? check,
);

/** What else the engine says of itself in such a state. */
const ILL_SETUP = {
  redirect: 'loopback',
  registration: { status: 'other', handler: 'other.desktop' },
  clockOffset: BEHIND,
} as const;

/** What the window itself is asked is answered as it is where everything is granted. */
export function withChecks(
  engine: TestEngine,
  checks: () => unknown,
  setup: Partial<Diagnostics> = {},
): void {
  engine
    .answer('doctor', checks)
    .answer('get_access_token', () => Promise.reject(failure('invalid_argument')))
    .answer('fetch', () => Promise.reject('invalid args'))
    .answer('get_diagnostics', () => ({
      version: '0.1.0',
      issuer: 'https://id.example.com',
      redirect: 'deep_link',
      deepLinkScheme: 'dev.keyfob.desktop',
      registration: { status: 'ours' },
      keychain: 'required',
      proxy: null,
      clockOffset: 0,
      ...setup,
    }));
}

/** Where much is wrong. */
export function withTroubles(engine: TestEngine): void {
  withChecks(engine, () => ILL, ILL_SETUP);
}

function well(subject: Check['subject'], message: string): Check {
  return { subject, status: 'ok', message, fix: null };
}
