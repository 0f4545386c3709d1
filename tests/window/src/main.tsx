import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import * as sdk from 'tauri-plugin-keyfob-api';
import { KeyfobProvider } from 'tauri-plugin-keyfob-api/react';
import { Bench } from './Bench';
import { Page } from './Page';
import { samples } from './samples';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root.');

// For the scripts that WebDriver runs.
Object.assign(window, { sdk, samples });

createRoot(root).render(
  <StrictMode>
    <KeyfobProvider>
      <Bench />
      <Page />
    </KeyfobProvider>
  </StrictMode>,
);
