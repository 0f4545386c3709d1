import { notifyManager, QueryClientProvider } from '@tanstack/react-query';
import { act, render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import type { ReactNode } from 'react';
import { KeyfobProvider } from 'tauri-plugin-keyfob-api/react';
import { vi } from 'vitest';
import { appStateQuery, noApp } from '../src/appState';
import type { AppState } from '../src/host/commands';
import { queries } from '../src/queries';

// axe takes its time on a busy machine, which is nothing that a test is about.
vi.setConfig({ testTimeout: 60_000 });

// An answer that is there is shown with the end of `act`.
notifyManager.setScheduler(queueMicrotask);

/** One view, by itself, with what the window puts around it. */
export async function show(view: ReactNode, appState: Partial<AppState> = {}) {
  const user = userEvent.setup();
  const client = queries();
  client.setQueryData(appStateQuery.queryKey, { ...noApp, ...appState });
  await act(async () =>
    render(
      <QueryClientProvider client={client}>
        <KeyfobProvider>{view}</KeyfobProvider>
      </QueryClientProvider>,
    ),
  );
  return user;
}

/** What axe finds wrong with the page. Colours are nothing that jsdom knows, and a view has no page around it. */
export async function violations(): Promise<string[]> {
  const found = await axe.run(document.body, {
    resultTypes: ['violations'],
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
