import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { removeEngine, signedIn } from '../../crates/tauri-plugin-keyfob/test/engine.js';
import type { AppState, ProviderCheck, ProviderReport } from '../src/host/commands';
import connect from '../src/locales/en/connect.json';
import { draftOf, emptyForm, faultsOf, formOf, withPreset } from '../src/screens/connect/draft';
import { presets, redirectUrisAt } from '../src/screens/connect/presets';
import { provider, shown, TestWindow } from './window';

let window: TestWindow;

beforeEach(() => {
  window = new TestWindow();
  // jsdom lays nothing out.
  Element.prototype.scrollIntoView = vi.fn();
});

afterEach(removeEngine);

const get = screen.getByTestId.bind(screen);
const firstRun: Partial<AppState> = {
  provider: null,
  providerSource: 'none',
  canChangeProvider: true,
  deepLinkScheme: 'dev.keyfob.desktop',
};
const unavailable = { status: 'unavailable', code: 'not_configured', message: 'There is none.' } as const;

function report(change: Partial<ProviderReport> = {}): ProviderReport {
  const check = (subject: ProviderCheck['subject'], status: ProviderCheck['status']): ProviderCheck => ({
    subject,
    status,
    message: `About ${subject}.`,
    fix: status === 'failed' ? 'Mend it.' : null,
  });
  return {
    checks: [check('metadata', 'ok'), check('pkce', 'warning'), check('dpop', 'absent')],
    redirectUris: ['dev.keyfob.desktop:/callback', 'http://127.0.0.1/callback'],
    canSave: true,
    ...change,
  };
}

async function openFirstRun() {
  const user = await window.open({ session: unavailable }, firstRun);
  await screen.findByRole('heading', { name: connect.title });
  return user;
}

async function fillIn(user: Awaited<ReturnType<typeof openFirstRun>>) {
  await user.type(get('issuer'), 'https://id.example.com');
  await user.type(get('client-id'), 'keyfob');
}

test('the first run asks for a provider, checks it, says what to register, and saves what was checked', async () => {
  const drafts: unknown[] = [];
  window.answer('check_provider', ({ draft }) => {
    drafts.push(draft);
    return report();
  });
  window.answer('save_provider', ({ draft }) => {
    drafts.push(draft);
    return 'saved';
  });
  window.answer('get_app_state', () => ({ ...savedState, provider, providerSource: 'file' }));
  const user = await openFirstRun();
  expect(screen.queryByTestId('save-provider')).not.toBeInTheDocument();
  await fillIn(user);
  await user.keyboard('{Enter}');
  const list = within(await screen.findByTestId('provider-report'));
  expect(list.getAllByRole('listitem').map((item) => item.dataset.status)).toEqual([
    'ok',
    'warning',
    'absent',
  ]);
  expect(list.getByText(connect.report.findings.pkce.warning.what)).toBeVisible();
  // The catalogue says as much.
  expect(list.queryByText(/About pkce/)).not.toBeInTheDocument();
  expect(list.queryByText(/About dpop/)).not.toBeInTheDocument();
  expect(within(get('redirect-uris')).getAllByRole('listitem')).toHaveLength(2);
  await user.click(get('save-provider'));
  await window.publish({ session: { status: 'signed_out' } });
  await waitFor(() => expect(shown()).toBe('signed-out'));
  const draft = { preset: null, issuer: 'https://id.example.com', clientId: 'keyfob', clientSecret: null };
  expect(drafts).toEqual([draft, draft]);
});

const savedState: AppState = {
  provider: null,
  providerSource: 'none',
  canChangeProvider: true,
  configFile: '',
  deepLinkScheme: null,
  settings: { theme: 'system', language: 'system', keepInTray: false, notifications: true },
  platform: 'linux',
  version: '0.1.0',
};

test.each([
  ['nobody is signed in, nobody', { session: { status: 'signed_out' } }, connect.foot],
  ['somebody is, everybody', { session: signedIn() }, connect.footSignedIn],
] as const)('where %s is said to be signed out', { timeout: 40_000 }, async (_, change, words) => {
  window.answer('check_provider', () => report());
  const user = await window.open(change, { canChangeProvider: true });
  await user.keyboard('{Control>},{/Control}');
  await user.click(await screen.findByTestId('change-provider'));
  await screen.findByRole('heading', { name: connect.title });
  await fillIn(user);
  await user.click(get('check-provider'));
  await screen.findByTestId('save-provider');
  expect(screen.getByText(words)).toBeVisible();
});

test('the address of the metadata becomes the issuer, where everybody sees it', async () => {
  const drafts: unknown[] = [];
  window.answer('check_provider', ({ draft }) => {
    drafts.push(draft);
    return report();
  });
  const user = await openFirstRun();
  await user.type(get('issuer'), ' https://id.example.com/realm/.well-known/openid-configuration ');
  await user.type(get('client-id'), 'keyfob');
  await user.click(get('check-provider'));
  await screen.findByTestId('provider-report');
  expect(drafts).toMatchObject([{ issuer: 'https://id.example.com/realm' }]);
  expect(get('issuer')).toHaveValue('https://id.example.com/realm');
});

test.each(presets)('who has no client ID of $name yet reads what to register', async (preset) => {
  const user = await openFirstRun();
  await user.click(get(`preset-${preset.id}`));
  await user.click(screen.getByRole('button', { name: connect.register.question }));
  for (const uri of redirectUrisAt(preset, 'dev.keyfob.desktop')) {
    expect(uri).not.toMatch(/[{}]/u);
    expect(screen.getByRole('button', { name: `Copy ${uri}` })).toBeVisible();
  }
});

test('who is asked for a client secret types it at once', async () => {
  const user = await openFirstRun();
  await user.click(get('has-secret'));
  expect(screen.getByLabelText(connect.clientSecret)).toHaveFocus();
});

test('an app without a scheme of its own registers none', () => {
  expect(redirectUrisAt(null, null)).toEqual(['http://127.0.0.1/callback']);
});

test('a provider is changed from what it is', () => {
  const known = {
    ...provider,
    preset: 'keycloak',
    issuer: 'https://id.example.com/realms/one',
    clientId: 'k',
  };
  expect(draftOf(formOf(known))).toEqual({
    preset: 'keycloak',
    issuer: 'https://id.example.com/realms/one',
    clientId: 'k',
    clientSecret: null,
  });
  expect(formOf(null)).toEqual(emptyForm);
});

test('who declines in the dialog stays, with all that was typed', async () => {
  window.answer('check_provider', () => report());
  window.answer('save_provider', () => 'declined');
  const user = await openFirstRun();
  await fillIn(user);
  await user.click(get('check-provider'));
  await user.click(await screen.findByTestId('save-provider'));
  await waitFor(() => expect(get('save-outcome')).toHaveTextContent(connect.declined));
  expect(get('issuer')).toHaveValue('https://id.example.com');
});

test('what was found is gone with the first change, so that nothing is saved that was not looked at', async () => {
  window.answer('check_provider', () => report());
  const user = await openFirstRun();
  await fillIn(user);
  await user.click(get('check-provider'));
  await screen.findByTestId('save-provider');
  await user.type(get('issuer'), '/');
  expect(screen.queryByTestId('save-provider')).not.toBeInTheDocument();
  expect(screen.queryByTestId('provider-report')).not.toBeInTheDocument();
});

test('what only the engine knows of a failure is told in its own words too', async () => {
  const checks: ProviderCheck[] = [
    { subject: 'metadata', status: 'failed', message: 'HTTP status 404.', fix: 'It has to be elsewhere.' },
    { subject: 'logout', status: 'warning', message: 'A new reason.', fix: 'A new thing to do.' },
    { subject: 'iss', status: 'skipped', message: 'It can’t be known.', fix: null },
  ];
  window.answer('check_provider', () => report({ checks, canSave: false }));
  const user = await openFirstRun();
  await fillIn(user);
  await user.click(get('check-provider'));
  expect(await screen.findByText(connect.report.findings.metadata.failed.what)).toBeVisible();
  expect(within(get('provider-report')).getAllByRole('listitem')).toHaveLength(2);
  expect(screen.getByText(connect.report.rest)).toBeVisible();
  for (const words of [
    'HTTP status 404.',
    'It has to be elsewhere.',
    'A new reason.',
    'A new thing to do.',
  ]) {
    expect(screen.getByText(words).closest('[lang]')).toHaveAttribute('lang', 'en');
  }
});

test('a provider that can’t be used can’t be saved', async () => {
  window.answer('check_provider', () => report({ canSave: false }));
  const user = await openFirstRun();
  await fillIn(user);
  await user.click(get('check-provider'));
  expect(await screen.findByText(connect.report.bad)).toBeVisible();
  expect(screen.queryByTestId('save-provider')).not.toBeInTheDocument();
  expect(screen.queryByTestId('redirect-uris')).not.toBeInTheDocument();
});

test('a draft that is no configuration says what is wrong with it', async () => {
  const message = '`issuer`: it has a fragment.';
  window.answer('check_provider', () => Promise.reject({ code: 'invalid_configuration', message }));
  const user = await openFirstRun();
  await fillIn(user);
  await user.click(get('check-provider'));
  expect(await screen.findByTestId('error')).toHaveTextContent('issuer: it has a fragment.');
  expect(get('error')).toHaveTextContent(connect.refused);
});

test('what is missing is asked for where it is missing, and nobody else is asked', async () => {
  const user = await openFirstRun();
  await user.click(get('preset-keycloak'));
  await user.click(get('check-provider'));
  expect(get('issuer')).toHaveAccessibleDescription('Replace {host} by your own.');
  expect(get('client-id')).toHaveAccessibleDescription(connect.missing);
  await waitFor(() => expect(get('issuer')).toHaveFocus());
  await user.keyboard('id.example.org');
  expect(get('issuer')).toHaveValue('https://id.example.org/realms/{realm}');
});

describe('a preset', () => {
  const preset = (id: string) => presets.find((one) => one.id === id) ?? null;

  test.each(presets)('of $name is offered, with an issuer to begin with', async ({ id, issuers }) => {
    const user = await openFirstRun();
    await user.click(get(`preset-${id}`));
    expect(get('issuer')).toHaveValue(issuers[0]);
  });

  test('leaves an issuer alone that somebody has typed', () => {
    const typed = { ...emptyForm, issuer: 'https://id.example.com' };
    expect(withPreset(typed, preset('okta')).issuer).toBe('https://id.example.com');
    expect(withPreset(withPreset(emptyForm, preset('okta')), preset('google')).issuer).toBe(
      'https://accounts.google.com',
    );
    expect(withPreset(withPreset(emptyForm, preset('okta')), null).issuer).toBe('');
  });

  test('that demands a client secret asks for it', () => {
    const google = { ...withPreset(emptyForm, preset('google')), clientId: 'keyfob' };
    expect(faultsOf(google)).toEqual({ clientSecret: { key: 'missing' } });
    expect(draftOf({ ...google, clientSecret: ' s ' })).toMatchObject({
      preset: 'google',
      clientSecret: 's',
    });
  });
});

test.each(['login.example.com', 'ftp://id.example.com', 'javascript:alert(1)', 'https://'])(
  '%s is no issuer',
  (issuer) => {
    expect(faultsOf({ ...emptyForm, clientId: 'x', issuer })).toEqual({ issuer: { key: 'notAnUrl' } });
  },
);
