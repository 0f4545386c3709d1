import { screen, waitFor, within } from '@testing-library/react';
import type { AccountInfo } from 'tauri-plugin-keyfob-api';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { failure, removeEngine, signedIn } from '../../crates/tauri-plugin-keyfob/test/engine.js';
import home from '../src/locales/en/home.json';
import { claimsOf, matching } from '../src/screens/home/claims';
import { shown, TestWindow } from './window';

let window: TestWindow;

beforeEach(() => {
  window = new TestWindow();
});

afterEach(removeEngine);

const get = screen.getByTestId.bind(screen);

describe('claims', () => {
  const names = () =>
    within(get('claims'))
      .getAllByRole('rowheader')
      .map(({ textContent }) => textContent);

  test('those of the profile are shown, and asking for no token', async () => {
    await window.open({ session: signedIn() });
    expect(names()).toEqual(['sub', 'name', 'email', 'email_verified']);
    expect(window.engine.count('get_access_token')).toBe(0);
  });

  test('are found by words of their names and values', async () => {
    const user = await window.open({ session: signedIn() });
    await user.type(screen.getByLabelText(home.claims.search), 'LOVE ada');
    expect(names()).toEqual(['name']);
    await user.type(screen.getByLabelText(home.claims.search), ' nobody');
    expect(screen.queryByTestId('claims')).not.toBeInTheDocument();
    expect(screen.getByText('No claim matches “LOVE ada nobody”.')).toBeVisible();
  });

  test('are copied as they are', async () => {
    const user = await window.open({ session: signedIn() });
    await user.click(screen.getByRole('button', { name: 'Copy email' }));
    await expect(navigator.clipboard.readText()).resolves.toBe('ada@example.com');
    await user.click(screen.getByRole('button', { name: home.claims.copyAll }));
    expect(JSON.parse(await navigator.clipboard.readText())).toMatchObject({
      sub: 'ada',
      email_verified: true,
    });
  });

  test('of the access token have their dates in words', async () => {
    window.engine.signInAs({ claims: { iat: 1_700_000_000, roles: ['reader'] } });
    const user = await window.open({});
    await user.click(screen.getByRole('radio', { name: home.claims.accessToken }));
    const row = within(await screen.findByTestId('claims')).getByRole('row', { name: /iat/ });
    expect(row).toHaveTextContent('1700000000');
    expect(row).toHaveTextContent('2023');
    expect(names()).toContain('roles');
  });

  test('hostile ones are text', () => {
    const [claim, date] = claimsOf({ '<b>': { '</td>': '<script>' }, exp: 1e300 });
    expect(claim).toEqual({ name: '<b>', value: '{\n "</td>": "<script>"\n}', detail: null });
    expect(date?.detail).toBeNull();
    expect(matching([{ name: 'a(', value: '[', detail: null }], '( [')).toHaveLength(1);
  });
});

describe('accounts', () => {
  const account = (id: string, current: boolean): AccountInfo => ({
    account: { id, issuer: 'https://id.example.com', subject: id },
    name: id,
    email: `${id}@example.com`,
    current,
  });

  /** Once it can be opened. */
  const accountMenu = () => screen.findByRole('button', { expanded: false });

  async function openMenu() {
    window.engine.answer('list_accounts', () => [account('ada', true), account('alan', false)]);
    const user = await window.open({ session: signedIn() });
    await user.click(await accountMenu());
    await screen.findAllByRole('menuitemcheckbox');
    return user;
  }

  test('one can be switched to', async () => {
    window.engine.answer('switch_account', () => signedIn({ id: 'alan' }));
    const user = await openMenu();
    expect(screen.getByRole('menuitemcheckbox', { checked: true })).toHaveTextContent('ada');
    await user.click(screen.getByRole('menuitemcheckbox', { name: 'Switch to alan' }));
    const switches = window.engine.calls.filter(({ command }) => command === 'switch_account');
    expect(switches).toMatchObject([{ args: { id: 'alan' } }]);
  });

  test('one is added in the browser, while the present one stays', async () => {
    const user = await openMenu();
    await user.click(get('add-account'));
    expect(shown()).toBe('signed-in');
    expect(await screen.findByTestId('pending-sign-in')).toHaveTextContent(home.pending.title);
    await user.click(get('cancel-sign-in'));
    expect(screen.queryByTestId('pending-sign-in')).not.toBeInTheDocument();
    expect(screen.queryByTestId('error')).not.toBeInTheDocument();
  });

  const ends = () =>
    window.engine.calls
      .filter(({ command }) => /remove_account|switch_account|sign_out/.test(command))
      .map(({ command, args: { id } }) => [command, id]);

  test('the current one is signed out, and the window goes on with the next', async () => {
    window.engine.answer('switch_account', () => signedIn({ id: 'alan' }));
    window.engine.answer('remove_account', () => null);
    const user = await openMenu();
    await user.click(get('sign-out-here'));
    await waitFor(() => expect(ends()).toHaveLength(2));
    expect(ends()).toEqual([
      ['switch_account', 'alan'],
      ['remove_account', 'ada'],
    ]);
  });

  test('all are signed out at once', async () => {
    const user = await openMenu();
    await user.click(get('sign-out-all'));
    await screen.findByTestId('sign-in');
    expect(ends()).toEqual([['sign_out', undefined]]);
  });

  test('what fails says so', async () => {
    window.engine.answer('switch_account', () => Promise.reject(failure('keychain_locked')));
    const user = await openMenu();
    await user.click(screen.getByRole('menuitemcheckbox', { name: 'Switch to alan' }));
    expect(await screen.findByTestId('error')).toHaveAttribute('data-code', 'keychain_locked');
  });

  test('are shown by a click that came before they could be', async () => {
    window.engine.answer('list_accounts', () => [account('ada', true)]);
    let load = () => {};
    const isLoaded = new Promise<void>((resolve) => {
      load = resolve;
    });
    vi.doMock('../src/shell/OpenableAccountMenu', async (original) => {
      await isLoaded;
      return original();
    });
    onTestFinished(() => void vi.doUnmock('../src/shell/OpenableAccountMenu'));
    const user = await window.open({ session: signedIn() });
    await user.click(get('account-menu'));
    expect(screen.queryByRole('menu')).not.toBeInTheDocument();
    load();
    expect(await screen.findByRole('menu')).toBeVisible();
  });

  test('are reached by keyboard alone', async () => {
    window.engine.answer('list_accounts', () => [account('ada', true)]);
    const user = await window.open({ session: signedIn() });
    (await accountMenu()).focus();
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('menu')).toBeVisible();
    await user.keyboard('{Escape}');
    expect(get('account-menu')).toHaveFocus();
  });
});
