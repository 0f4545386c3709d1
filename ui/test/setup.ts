import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach } from 'vitest';
import { startI18n } from '../src/i18n';

// Lazily loaded views are compiled on the way.
configure({ asyncUtilTimeout: 10_000 });
afterEach(cleanup);

// As start.tsx does.
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
