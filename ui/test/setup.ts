import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { afterEach, beforeEach } from 'vitest';
import { startI18n } from '../src/i18n';

afterEach(cleanup);

// As main.tsx does.
beforeEach(() => {
  if ('document' in globalThis) startI18n('en');
});
