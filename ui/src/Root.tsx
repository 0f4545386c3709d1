import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode, useState } from 'react';
import { KeyfobProvider } from 'tauri-plugin-keyfob-api/react';
import { App } from './App';
import { appStateQuery } from './appState';
import type { AppState } from './host/commands';
import { queries } from './queries';

/** The app, and what it stands on. */
export function Root({ appState }: { appState: AppState }) {
  const [client] = useState(() => {
    const client = queries();
    client.setQueryData(appStateQuery.queryKey, appState);
    return client;
  });
  return (
    <StrictMode>
      <QueryClientProvider client={client}>
        <KeyfobProvider>
          <App />
        </KeyfobProvider>
      </QueryClientProvider>
    </StrictMode>
  );
}
