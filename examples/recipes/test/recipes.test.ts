import { createComponent as createSolid, render as renderSolid } from 'solid-js/web';
import { mount, unmount } from 'svelte';
import { installKeyfob, type TestEngine } from 'tauri-plugin-keyfob-api/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp, h } from 'vue';
import { bindButton } from '../src/plain';
import { createSnapshot, createToken } from '../src/solid';
import { useSnapshot, useToken } from '../src/vue';
import Account from './Account.svelte';

type Session = ReturnType<typeof createSnapshot> extends () => { session: infer S } ? S : never;

let keyfob: TestEngine;
let root: HTMLElement;
beforeEach(() => {
  keyfob = installKeyfob();
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  root.remove();
  keyfob.uninstall();
});

const FRAMEWORKS: [name: string, show: () => () => void][] = [
  [
    'Svelte',
    () => {
      const component = mount(Account, { target: root });
      return () => void unmount(component);
    },
  ],
  [
    'Vue',
    () => {
      const app = createApp({
        setup() {
          const snapshot = useSnapshot();
          const token = useToken();
          return () => h('p', text(snapshot.value.session, token.value.accessToken));
        },
      });
      app.mount(root);
      return () => app.unmount();
    },
  ],
  [
    'Solid',
    () =>
      renderSolid(
        () =>
          createSolid(() => {
            const snapshot = createSnapshot();
            const token = createToken();
            return (() => text(snapshot().session, token().accessToken)) as never;
          }, {}),
        root,
      ),
  ],
];

describe.each(FRAMEWORKS)('%s', (_name, show) => {
  it('shows who is signed in and whether there is a token, until it is taken away', async () => {
    const leave = show();
    await shown('signed_out nobody without a token');
    keyfob.signInAs({ name: 'Ada Lovelace' });
    await shown('signed_in Ada Lovelace with a token');
    keyfob.signOut();
    await shown('signed_out nobody without a token');
    leave();
    expect(root.textContent).toBe('');
  });
});

describe('no framework', () => {
  it('names who is signed in, and signs in and out', async () => {
    const button = root.appendChild(document.createElement('button'));
    const leave = bindButton(button);
    await shown('Sign in');
    button.click();
    await vi.waitFor(() => expect(keyfob.calls.map(({ command }) => command)).toContain('sign_in'));
    keyfob.signInAs({ name: 'Ada Lovelace' });
    await shown('Sign out Ada Lovelace');
    button.click();
    await shown('Sign in');
    leave();
    keyfob.signInAs({ name: 'Grace Hopper' });
    await shown('Sign in');
  });
});

function text(session: Session, accessToken: string | undefined): string {
  const name = 'user' in session ? session.user.name : 'nobody';
  return `${session.status} ${name} ${accessToken ? 'with' : 'without'} a token`;
}

async function shown(expected: string): Promise<void> {
  await expect.poll(() => root.textContent).toBe(expected);
}
