import { act, render, screen } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { vi } from 'vitest';
import { FakeEngine } from '../../crates/tauri-plugin-keyfob/test/engine.js';
import { type Answer, openBoundary } from '../gallery/boundary';
import type { AppState, ProviderSummary } from '../src/host/commands';

type Change = Parameters<FakeEngine['publish']>[0];

/** What the window is told of the provider that the app is set up for. */
export const provider: ProviderSummary = {
  issuer: 'https://id.example.com',
  clientId: 'keyfob',
  preset: null,
  scopes: [],
  audience: null,
  apiBaseUrl: 'https://api.example.com/',
  resources: [],
  dpop: false,
  keychain: 'required',
  redirectUris: ['dev.keyfob.desktop:/callback'],
};

/** A window with an engine in memory. The app's own commands are answered by the test. */
export class TestWindow {
  readonly engine: FakeEngine;
  readonly #commands: Record<string, Answer> = {};

  constructor() {
    openBoundary(this.#commands);
    this.engine = new FakeEngine();
    // As they are in a new window.
    vi.resetModules();
  }

  /** How one of the app's own commands is answered. */
  answer(command: string, answer: Answer): void {
    this.#commands[command] = answer;
  }

  /** The whole window, in the state that engine and app are in. */
  async open(change: Change = {}, appState: Partial<AppState> = {}): Promise<UserEvent> {
    this.engine.publish(change);
    const { Root } = await import('../src/Root');
    const { noApp } = await import('../src/appState');
    const user = userEvent.setup();
    await act(async () =>
      render(<Root appState={{ ...noApp, provider, providerSource: 'file', ...appState }} />),
    );
    return user;
  }

  publish(change: Change): Promise<void> {
    return act(async () => this.engine.publish(change));
  }
}

/** Which screen is shown. */
export function shown(): string | undefined {
  return screen.getByRole('main').dataset.screen;
}
