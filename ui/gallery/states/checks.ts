import type { Check } from 'tauri-plugin-keyfob-api/doctor';
import { failure, type TestEngine } from 'tauri-plugin-keyfob-api/testing';

export const WELL: readonly Check[] = [
  { subject: 'configuration', status: 'ok', message: 'The configuration has no faults.', fix: null },
  { subject: 'metadata', status: 'ok', message: 'https://id.example.com says what Keyfob needs.', fix: null },
  { subject: 'clock', status: 'ok', message: 'This machine’s clock agrees with the provider’s.', fix: null },
  { subject: 'scheme', status: 'ok', message: 'The app has the scheme dev.keyfob.desktop.', fix: null },
  {
    subject: 'handler',
    status: 'ok',
    message: 'Links of dev.keyfob.desktop come to this program.',
    fix: null,
  },
  { subject: 'redirect', status: 'ok', message: 'The browser comes back by a link.', fix: null },
  { subject: 'keychain', status: 'ok', message: 'The keychain keeps what it is given.', fix: null },
];

export const ILL: readonly Check[] = [
  WELL[0] as Check,
  WELL[1] as Check,
  {
    subject: 'clock',
    status: 'warning',
    message: 'This machine’s clock is 94 seconds behind the provider’s.',
    fix: 'Have the system set its clock from the network.',
  },
  WELL[3] as Check,
  {
    subject: 'handler',
    status: 'warning',
    message: 'Another program opens links of dev.keyfob.desktop: other.desktop.',
    fix: 'Install the app anew, or make it the default: xdg-mime default Keyfob.desktop x-scheme-handler/dev.keyfob.desktop',
  },
  {
    subject: 'redirect',
    status: 'ok',
    message: 'The browser comes back to a port of this machine.',
    fix: null,
  },
  {
    subject: 'keychain',
    status: 'failed',
    message: 'No keychain answers on this session’s D-Bus.',
    fix: 'Install gnome-keyring or KWallet, and sign in to the desktop anew.',
  },
];

/** What the window itself is asked is answered as it is where everything is granted. */
export function withChecks(engine: TestEngine, checks: () => unknown): void {
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
    }));
}
