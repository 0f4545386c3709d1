import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeEngine, signedIn } from '../../crates/tauri-plugin-keyfob/test/engine.js';
import { shown, TestWindow } from './window';

let page: TestWindow;

beforeEach(() => {
  page = new TestWindow();
});

afterEach(removeEngine);

/** Views are loaded when they are wanted. */
const arrived = (view: string) => waitFor(() => expect(shown()).toBe(view), { timeout: 30_000 });
/** Focus follows what is seen, in an effect. */
const begins = () => waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveFocus());

describe.each(['console', 'timeline', 'diagnostics'] as const)('the view %s', (view) => {
  test('is one click away, and begins at its heading', { timeout: 40_000 }, async () => {
    const user = await page.open({ session: signedIn() });
    await user.click(screen.getByTestId(`go-${view}`));
    await arrived(view);
    expect(screen.getByTestId(`go-${view}`)).toHaveAttribute('aria-current', 'page');
    await begins();
  });
});

test.each([
  ['timeline', '3'],
  ['diagnostics', '4'],
] as const)('%s is there for who is signed out, by Ctrl+%s', { timeout: 40_000 }, async (view, digit) => {
  const user = await page.open({ session: { status: 'signed_out' } });
  await user.keyboard(`{Control>}${digit}{/Control}`);
  await arrived(view);
  await begins();
});

test.each([
  ['signed in', { session: signedIn() }],
  ['signed out', { session: { status: 'signed_out' } }],
] as const)('the menu’s settings are shown to who is %s', { timeout: 40_000 }, async (_, change) => {
  await page.open(change);
  act(() => void dispatchEvent(new Event('keyfob:settings')));
  await arrived('settings');
});
