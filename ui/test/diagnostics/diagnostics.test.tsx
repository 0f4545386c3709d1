import { mockConvertFileSrc } from '@tauri-apps/api/mocks';
import { act, screen, within } from '@testing-library/react';
import type { EventKind } from 'tauri-plugin-keyfob-api';
import { getAccessToken } from 'tauri-plugin-keyfob-api';
import { failure, TestEngine } from 'tauri-plugin-keyfob-api/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startI18n } from '../../src/i18n';
import germanChecks from '../../src/locales/de/checks.json';
import de from '../../src/locales/de/diagnostics.json';
import checks from '../../src/locales/en/checks.json';
import en from '../../src/locales/en/diagnostics.json';
import events from '../../src/locales/en/timeline.json';
import { Diagnostics } from '../../src/screens/diagnostics/Diagnostics';
import { NavigationContext } from '../../src/shell/navigation';
import { show, violations } from '../view';

const PERSON = { sub: 'person-4711', name: 'Grace Hopper', email: 'grace@navy.example' };

let engine: TestEngine;
const go = vi.fn();

beforeEach(() => {
  engine = new TestEngine();
  engine.signInAs(PERSON);
  mockConvertFileSrc('linux');
  vi.stubGlobal('fetch', async () => new Response(null, { status: 405 }));
});

afterEach(() => {
  engine.uninstall();
  vi.unstubAllGlobals();
});

const SUBJECTS = ['configuration', 'metadata', 'clock', 'scheme', 'handler', 'redirect', 'keychain'] as const;

/** What the engine finds: all is well, but for what is said. */
function find(troubles: Partial<Record<(typeof SUBJECTS)[number], [string, string, string]>> = {}) {
  engine.answer('doctor', () =>
    SUBJECTS.map((subject) => {
      const [status, message, fix] = troubles[subject] ?? ['ok', 'It is well.', null];
      return { subject, status, message, fix };
    }),
  );
}

const SETUP = {
  version: '0.1.0',
  issuer: 'https://id.example.com',
  redirect: 'deep_link',
  deepLinkScheme: null,
  registration: null,
  keychain: 'required',
  proxy: null,
} as const;

const happened = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const kind: EventKind = index % 10 === 0 ? 'refresh_failed' : 'refreshed';
    const reason = kind === 'refresh_failed' ? { type: 'error', code: 'busy' } : null;
    return {
      at: 1_795_000_000 + index,
      kind,
      audience: `https://api-${index}.example`,
      reason,
      expiresAt: null,
    };
  });

const open = () =>
  show(
    <NavigationContext value={{ view: 'diagnostics', go }}>
      <Diagnostics />
    </NavigationContext>,
    { platform: 'linux', version: '0.1.0' },
  );
const card = (part: string) => screen.getByTestId(`health-${part}`);
const statuses = () =>
  ['keychain', 'links', 'provider', 'clock', 'window'].map((part) => card(part).dataset.status);

describe('health', () => {
  test('is in order where nothing is wrong, which is said', async () => {
    find();
    await open();
    expect(statuses()).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(card('keychain')).toHaveTextContent(en.health.keychain.ok);
    expect(screen.getByText(en.looked_zero)).toBeInTheDocument();
    expect(await violations()).toEqual([]);
  });

  test('says what is wrong, in whose words, and what to do, ready to be copied', async () => {
    find({
      handler: ['warning', 'Links go elsewhere.', 'Install this copy.'],
      clock: ['failed', 'It is 412 s behind.', 'Set it.'],
    });
    const user = await open();
    expect(statuses()).toEqual(['ok', 'warning', 'ok', 'failed', 'ok']);
    expect(card('links')).toHaveTextContent(checks.handler.warning.what);
    expect(screen.getByText('Links go elsewhere.').closest('[lang]')).toHaveAttribute('lang', 'en');
    expect(card('clock')).toHaveTextContent(en.statuses.failed);
    expect(card('clock')).toHaveTextContent(checks.clock.failed.fix);
    // The catalogue says as much.
    expect(card('clock')).not.toHaveTextContent('Set it.');
    expect(screen.getByText('2 things need attention.')).toBeInTheDocument();
    await user.click(within(card('links')).getByRole('button', { name: 'Copy what to do' }));
    await expect(navigator.clipboard.readText()).resolves.toBe('Install this copy.');
    expect(await violations()).toEqual([]);
  });

  test('of which nobody has words is told in the engine’s', async () => {
    find({ scheme: ['skipped', 'It has a new reason.', 'Do a new thing.'] });
    await open();
    const words = screen.getByText('It has a new reason.');
    expect(words.closest('[lang]')).toHaveAttribute('lang', 'en');
    expect(screen.getByText('Do a new thing.')).toBeVisible();
  });

  test('is told in German where the window is German', async () => {
    startI18n('de');
    find({ metadata: ['failed', 'HTTP status 404.', 'It has to be at `https://id.example.com/x`.'] });
    await open();
    expect(card('provider')).toHaveTextContent(germanChecks.metadata.failed.what);
    expect(card('provider')).toHaveTextContent(germanChecks.metadata.failed.fix);
    expect(within(card('provider')).getByText('https://id.example.com/x').closest('[lang]')).toHaveAttribute(
      'lang',
      'en',
    );
  });

  test.each([
    [94, '94 seconds behind'],
    [1, '1 second behind'],
    [0, 'none'],
    [-3, '3 seconds ahead'],
  ])('tells by how much and in which way the clock is wrong: %i', async (clockOffset, words) => {
    find();
    engine.answer('get_diagnostics', () => ({ ...SETUP, clockOffset }));
    await open();
    expect(card('clock')).toHaveTextContent(`Difference:${words}`);
  });

  test('is looked at again when somebody wants it', async () => {
    find({ metadata: ['failed', 'Nobody answers.', 'Try again.'] });
    const user = await open();
    expect(statuses()[2]).toBe('failed');
    find();
    await user.click(within(card('provider')).getByRole('button', { name: en.lookAgain }));
    await vi.waitFor(() => expect(statuses()[2]).toBe('ok'));
    expect(engine.count('doctor')).toBe(2);
    await user.click(screen.getByTestId('look-again'));
    await vi.waitFor(() => expect(engine.count('doctor')).toBe(3));
  });

  test('of a locked keychain is cured by unlocking it', async () => {
    find({ keychain: ['failed', 'It is locked.', 'Unlock it.'] });
    engine.publish({ session: { status: 'unavailable', code: 'keychain_locked', message: 'Locked.' } });
    engine.fail('sign_in', 'keychain_locked');
    const user = await open();
    await user.click(within(card('keychain')).getByRole('button', { name: en.unlock }));
    expect(engine.count('sign_in')).toBe(1);
    expect(await within(card('keychain')).findByRole('alert')).toHaveAttribute(
      'data-code',
      'keychain_locked',
    );
  });

  test('of a session in memory leads to the settings', async () => {
    find({ keychain: ['warning', 'In memory.', 'Configure it.'] });
    const user = await open();
    await user.click(within(card('keychain')).getByRole('button', { name: en.openSettings }));
    expect(go).toHaveBeenCalledWith('settings');
  });

  test('tells that somebody is offline', async () => {
    find();
    await open();
    await act(async () => engine.goOffline());
    expect(card('provider')).toHaveTextContent(en.offline);
    expect(card('provider')).toHaveAttribute('data-status', 'warning');
  });

  test('says that it is looked at while it is', async () => {
    engine.answer('doctor', () => new Promise(() => undefined));
    await open();
    expect(statuses()).toEqual(['pending', 'pending', 'pending', 'pending', 'pending']);
    expect(card('clock')).toHaveTextContent(en.health.clock.pending);
    expect(screen.getByTestId('look-again')).toHaveAttribute('aria-disabled', 'true');
    expect(await violations()).toEqual([]);
  });

  test('that can’t be looked at has its reason', async () => {
    engine.answer('doctor', () => Promise.reject(failure('internal')));
    await open();
    expect(screen.getByTestId('error')).toHaveAttribute('data-code', 'internal');
    expect(await violations()).toEqual([]);
  });

  test('is there without a configuration too', async () => {
    find({ configuration: ['failed', 'There is none.', 'Write one.'] });
    engine.fail('get_diagnostics', 'not_configured');
    await open();
    expect(statuses()[2]).toBe('failed');
    expect(screen.queryByTestId('error')).not.toBeInTheDocument();
  });

  test('takes words of any length', async () => {
    find({ keychain: ['failed', 'word '.repeat(400), 'x'.repeat(2000)] });
    await open();
    expect(card('keychain')).toHaveTextContent(/word word/);
    expect(await violations()).toEqual([]);
  });
});

describe('the log', () => {
  const lines = () => within(screen.getByTestId('log')).getAllByRole('listitem');

  test('has the newest first, with why and for what', async () => {
    find();
    engine.answer('list_events', () => happened(11));
    await open();
    expect(lines()).toHaveLength(11);
    expect(lines()[0]).toHaveTextContent(`${events.kinds.refresh_failed} · Another Keyfob`);
    expect(lines()[0]).toHaveTextContent('https://api-10.example');
  });

  test('is searched by words and by kind, and says how much was found', async () => {
    find();
    engine.answer('list_events', () => happened(30));
    const user = await open();
    await user.type(screen.getByRole('searchbox', { name: en.log.search }), 'API-2');
    expect(lines()).toHaveLength(11);
    expect(screen.getByText('11 of 30 events')).toBeVisible();
    await user.selectOptions(screen.getByLabelText(en.log.kind), 'refresh_failed');
    expect(lines()).toHaveLength(1);
    await user.type(screen.getByRole('searchbox', { name: en.log.search }), ' nothing like it');
    expect(within(screen.getByTestId('log')).queryAllByRole('listitem')).toHaveLength(0);
    expect(screen.getByText('0 of 30 events')).toBeVisible();
  });

  test('shows the last hundred, and all of a thousand on demand', async () => {
    find();
    engine.answer('list_events', () => happened(1000));
    const user = await open();
    expect(screen.getByTestId('log').children).toHaveLength(100);
    await user.click(screen.getByText('Show all 1000'));
    expect(screen.getByTestId('log').children).toHaveLength(1000);
  });

  test('without events says so, and with a failure why', async () => {
    find();
    engine.answer('list_events', () => []);
    await open();
    expect(screen.getByText(en.log.empty)).toBeVisible();
    engine.answer('list_events', () => Promise.reject(failure('permission_denied')));
    await act(async () => engine.goOffline());
    expect(await screen.findByTestId('error')).toHaveAttribute('data-code', 'permission_denied');
  });
});

test('the report is copied as it is shown, and tells nobody who it comes from', async () => {
  find({ handler: ['warning', `Links go to /home/grace/bin for ${PERSON.email}.`, 'Mend it.'] });
  engine.answer('list_events', () => happened(3));
  const user = await open();
  const token = await getAccessToken();
  await user.click(screen.getByRole('button', { name: en.report.copy }));
  const report = await navigator.clipboard.readText();
  expect(report).toBe(screen.getByTestId('report').textContent);
  expect(report).toContain('Keyfob 0.1.0 on linux');
  expect(report).toContain('id.example.com');
  expect(report).toContain('refresh_failed');
  for (const personal of [PERSON.sub, PERSON.email, 'grace', 'hopper', token]) {
    expect(report.toLowerCase()).not.toContain(String(personal).toLowerCase());
  }
  expect(String(token).length).toBeGreaterThan(20);
});

test('in German all but the engine’s own words is German', async () => {
  startI18n('de');
  find({ clock: ['warning', 'A little.', 'Set it.'] });
  engine.answer('list_events', () => happened(2));
  await open();
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent(de.title);
  expect(card('clock')).toHaveTextContent(de.health.clock.warning);
  expect(card('clock')).toHaveTextContent(germanChecks.clock.warning.what);
  expect(await violations()).toEqual([]);
});
