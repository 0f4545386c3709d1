import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode, useState } from 'react';
import { KeyfobProvider } from 'tauri-plugin-keyfob-api/react';
import { App } from './App';
import { queries } from './queries';

/** The app, and what it stands on. */
export function Root() {
  const [client] = useState(queries);
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
