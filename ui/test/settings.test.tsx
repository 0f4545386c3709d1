import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeEngine, signedIn } from '../../crates/tauri-plugin-keyfob/test/engine.js';
import type { Settings } from '../src/host/commands';
import german from '../src/locales/de/settings.json';
import settings from '../src/locales/en/settings.json';
import { provider, shown, TestWindow } from './window';

let window: TestWindow;

beforeEach(() => {
  window = new TestWindow();
});

afterEach(removeEngine);

async function openSettings(appState: Parameters<TestWindow['open']>[1] = {}) {
  const user = await window.open({ session: signedIn() }, appState);
  await user.keyboard('{Control>},{/Control}');
  await screen.findByRole('heading', { name: settings.title });
  return user;
}

test('a change is kept at once, with all that was chosen before', async () => {
  const kept: unknown[] = [];
  window.answer('save_settings', ({ settings: changed }) => {
    kept.push(changed);
    return changed;
  });
  const user = await openSettings();
  await user.click(screen.getByRole('radio', { name: settings.appearance.themes.dark }));
  await user.click(screen.getByRole('switch', { name: settings.behaviour.keepInTray }));
  expect(await screen.findByText(settings.saved)).toBeInTheDocument();
  expect(kept).toEqual([
    { theme: 'dark', language: 'system', keepInTray: false, notifications: true },
    { theme: 'dark', language: 'system', keepInTray: true, notifications: true },
  ]);
});

test('another language is spoken at once', async () => {
  window.answer('save_settings', ({ settings: changed }) => changed as Settings);
  const user = await openSettings();
  await user.click(screen.getByRole('radio', { name: 'Deutsch' }));
  expect(await screen.findByRole('heading', { name: german.title })).toBeVisible();
  expect(document.documentElement).toHaveAttribute('lang', 'de');
});

test('what could not be kept is told, and what is in force stays shown', async () => {
  const message = 'The settings can’t be kept: the disk is full.';
  window.answer('save_settings', () => Promise.reject({ code: 'internal', message }));
  const user = await openSettings();
  await user.click(screen.getByRole('radio', { name: settings.appearance.themes.dark }));
  expect(await screen.findByTestId('error')).toHaveTextContent(message);
  expect(screen.getByRole('radio', { name: settings.appearance.themes.dark })).not.toBeChecked();
});

test('the provider is told with what to register there, and changed only where it may be', async () => {
  await openSettings({ canChangeProvider: false, providerSource: 'baked' });
  expect(screen.getByText(provider.issuer)).toBeVisible();
  expect(screen.getByText('dev.keyfob.desktop:/callback')).toBeVisible();
  expect(screen.getByText(settings.provider.sources.baked)).toBeVisible();
  expect(screen.queryByTestId('change-provider')).not.toBeInTheDocument();
});

test('who signs out comes back to the sign-in', async () => {
  await openSettings();
  await window.publish({ session: { status: 'signed_out' } });
  expect(shown()).toBe('signed-out');
});

test('they are there for who is signed out', async () => {
  const user = await window.open({ session: { status: 'signed_out' } });
  await user.click(screen.getByTestId('go-settings'));
  const title = await screen.findByRole('heading', { name: settings.title });
  await waitFor(() => expect(title).toHaveFocus());
  await user.click(screen.getByTestId('go-home'));
  expect(shown()).toBe('signed-out');
});
