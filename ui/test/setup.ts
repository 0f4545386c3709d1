import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { afterEach, beforeEach } from 'vitest';
import { startI18n } from '../src/i18n';

afterEach(cleanup);

// As main.tsx does.
beforeEach(() => {
  if ('document' in globalThis) startI18n('en');
});

/** jsdom lays nothing out, so that no size ever changes. */
class StillObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

globalThis.ResizeObserver ??= StillObserver;
