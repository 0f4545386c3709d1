import { act, fireEvent, screen, within } from '@testing-library/react';
import type { EventKind, SessionEvent } from 'tauri-plugin-keyfob-api';
import { failure, TestEngine } from 'tauri-plugin-keyfob-api/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startI18n } from '../../src/i18n';
import de from '../../src/locales/de/timeline.json';
import errors from '../../src/locales/en/errors.json';
import en from '../../src/locales/en/timeline.json';
import { Timeline } from '../../src/screens/timeline/Timeline';
import { show, violations } from '../view';

let engine: TestEngine;

beforeEach(() => {
  engine = new TestEngine();
  engine.signInAs({ name: 'Ada Lovelace' });
});

afterEach(() => engine.uninstall());

const NOW = Math.floor(Date.now() / 1000);

const ago = (seconds: number, kind: EventKind, change: Partial<SessionEvent> = {}): SessionEvent => ({
  at: NOW - seconds,
  kind,
  audience: null,
  reason: null,
  expiresAt: null,
  ...change,
});

const PAST = [
  ago(3000, 'restored', { expiresAt: NOW - 2700 }),
  ago(2400, 'refresh_failed', { reason: { type: 'error', code: 'provider_unreachable' } }),
  ago(2390, 'went_offline'),
  ago(1800, 'came_online'),
  ago(1500, 'refreshed', { expiresAt: NOW - 1200 }),
  ago(900, 'session_ended', { reason: { type: 'reauth', reason: 'refresh_token_rejected' } }),
  ago(300, 'signed_in', { expiresAt: NOW + 300 }),
];

function open(events: readonly SessionEvent[] | Promise<never>) {
  engine.answer('list_events', () => events);
  return show(<Timeline />);
}

const markers = () => screen.getAllByRole('option');

describe('the chart', () => {
  test('has a life for each stretch with a token, and a marker with words for each event', async () => {
    await open(PAST);
    expect(screen.getAllByTestId('life')).toHaveLength(3);
    expect(screen.getAllByTestId('offline')).toHaveLength(1);
    expect(markers().map(({ dataset }) => dataset.kind)).toEqual([
      'restored',
      'refresh_failed',
      'went_offline',
      'came_online',
      'refreshed',
      'session_ended',
      'signed_in',
    ]);
    const failed = screen.getByRole('option', { name: new RegExp(en.kinds.refresh_failed) });
    expect(failed).toHaveAccessibleName(new RegExp(errors.provider_unreachable.title));
    expect(await violations()).toEqual([]);
  });

  test('says that a session was restored only where one was', async () => {
    await open([ago(300, 'restored'), ago(100, 'restored', { expiresAt: NOW + 300 })]);
    const names = [en.lookedForSession, en.kinds.restored];
    for (const name of names) expect(screen.getByRole('option', { name: new RegExp(name) })).toBeVisible();
  });

  test('is one stop for Tab, and the arrow keys go through it', async () => {
    const user = await open(PAST);
    screen.getByRole('radio', { name: en.forms.list }).focus();
    await user.tab();
    expect(markers().at(-1)).toHaveFocus();
    expect(screen.getByTestId('marker-tip')).toHaveTextContent(en.kinds.signed_in);
    await user.keyboard('{ArrowLeft}');
    expect(document.activeElement).toHaveAttribute('data-kind', 'session_ended');
    expect(document.activeElement).toHaveAttribute('aria-selected', 'true');
    expect(screen.getByTestId('marker-tip')).toHaveTextContent('The provider has ended your session.');
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement).toHaveAttribute('data-kind', 'refreshed');
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement).toHaveAttribute('data-kind', 'came_online');
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement).toHaveAttribute('data-kind', 'came_online');
    await user.keyboard('{ArrowUp}{Home}');
    expect(document.activeElement).toHaveAttribute('data-kind', 'restored');
    await user.keyboard('{ArrowLeft}');
    expect(document.activeElement).toHaveAttribute('data-kind', 'restored');
    await user.keyboard('{End}');
    expect(document.activeElement).toHaveAttribute('data-kind', 'signed_in');
    await user.tab();
    expect(screen.queryByTestId('marker-tip')).not.toBeInTheDocument();
  });

  test('tells a marker’s reason to who points at it, until Escape or the pointer leaves', async () => {
    const user = await open(PAST);
    const failed = screen.getByRole('option', { name: new RegExp(en.kinds.refresh_failed) });
    await user.hover(failed);
    expect(screen.getByTestId('marker-tip')).toHaveTextContent(errors.provider_unreachable.title);
    const tip = screen.getByTestId('marker-tip');
    fireEvent.pointerOut(failed, { relatedTarget: tip });
    expect(tip).toBeVisible();
    fireEvent.pointerOut(tip, { relatedTarget: document.body });
    expect(tip).not.toBeInTheDocument();
    act(() => failed.focus());
    await user.keyboard('{Escape}');
    expect(screen.queryByTestId('marker-tip')).not.toBeInTheDocument();
  });

  test('shows together what would lie on each other, by the gravest of them', async () => {
    await open([
      ago(1000, 'refreshed'),
      ago(999, 'refresh_failed', { reason: { type: 'error', code: 'offline' } }),
      ago(998, 'refreshed'),
    ]);
    expect(markers()).toHaveLength(1);
    expect(markers()[0]).toHaveAttribute('data-kind', 'refresh_failed');
    expect(markers()[0]).toHaveAccessibleName(/^3 events: /);
  });

  test('takes a thousand events, and audiences of any length', async () => {
    const audience = `https://${'a'.repeat(500)}.example.com`;
    const thousand = Array.from({ length: 1000 }, (_, index) =>
      ago((1000 - index) * 30, 'refreshed', { audience, expiresAt: NOW }),
    );
    const user = await open(thousand);
    await user.click(screen.getByRole('radio', { name: en.ranges.all }));
    expect(markers().length).toBeLessThan(40);
    expect(markers()[0]?.getAttribute('aria-label')?.length).toBeLessThan(5000);
    expect(await violations()).toEqual([]);
  });

  test('explains what is in it, and nothing else', async () => {
    await open([ago(100, 'refreshed', { expiresAt: NOW + 100 })]);
    const legend = within(screen.getByRole('list', { name: en.legend }));
    expect(legend.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
      en.lifeLeft,
      en.kinds.refreshed,
    ]);
  });
});

describe('a range', () => {
  test('cuts off what was before, and says so where nothing is left', async () => {
    const user = await open([ago(5000, 'restored'), ago(1000, 'refreshed')]);
    expect(markers()).toHaveLength(1);
    await user.click(screen.getByRole('radio', { name: en.ranges.all }));
    expect(markers()).toHaveLength(2);
    await user.click(screen.getByRole('radio', { name: en.ranges.tenMinutes }));
    expect(screen.queryAllByRole('option')).toHaveLength(0);
    expect(screen.getByText(en.nothingInRange)).toBeVisible();
    expect(await violations()).toEqual([]);
  });
});

test('as a list the newest is first, with its reason', async () => {
  const user = await open(PAST);
  await user.click(screen.getByRole('radio', { name: en.forms.list }));
  const rows = within(screen.getByRole('table')).getAllByTestId('event');
  expect(rows).toHaveLength(PAST.length);
  expect(rows[0]).toHaveTextContent(en.kinds.signed_in);
  expect(rows[5]).toHaveTextContent(errors.provider_unreachable.title);
  expect(await violations()).toEqual([]);
});

test('what happens while somebody looks appears', async () => {
  await open([ago(100, 'restored')]);
  engine.answer('list_events', () => [ago(100, 'restored'), ago(5, 'went_offline')]);
  await act(async () => engine.goOffline());
  expect(await screen.findByRole('option', { name: new RegExp(en.kinds.went_offline) })).toBeVisible();
});

test('an empty past says what will be here', async () => {
  await open([]);
  expect(screen.getByText(en.nothing.detail)).toBeVisible();
  expect(screen.queryByRole('radio')).not.toBeInTheDocument();
  expect(await violations()).toEqual([]);
});

test('while nothing is known yet it says so', async () => {
  await open(new Promise<never>(() => undefined));
  expect(screen.getByRole('status')).toHaveTextContent('Loading');
  expect(await violations()).toEqual([]);
});

test('a failure has its words, and another try', async () => {
  const user = await open(Promise.reject(failure('permission_denied')));
  expect(await screen.findByTestId('error')).toHaveAttribute('data-code', 'permission_denied');
  expect(await violations()).toEqual([]);
  engine.answer('list_events', () => PAST);
  await user.click(screen.getByRole('button', { name: en.tryAgain }));
  expect(await screen.findByRole('listbox')).toBeVisible();
});

test('in German all of it is German', async () => {
  startI18n('de');
  await open(PAST);
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent(de.title);
  expect(screen.getByRole('option', { name: /Token nicht erneuert/ })).toHaveAccessibleName(/Der Anbieter/);
  expect(await violations()).toEqual([]);
});
