import './styles.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { KeyfobProvider } from 'tauri-plugin-keyfob-api/react';
import { App } from './App';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root.');

createRoot(root).render(
  <StrictMode>
    <KeyfobProvider>
      <App />
    </KeyfobProvider>
  </StrictMode>,
);
