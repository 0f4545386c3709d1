import { notifyManager } from '@tanstack/react-query';
import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach } from 'vitest';
import { startI18n } from '../src/i18n';

// What was asked is shown as soon as it is answered, also where a test holds the clock.
notifyManager.setScheduler(queueMicrotask);

// Lazily loaded views are compiled on the way.
configure({ asyncUtilTimeout: 10_000 });
afterEach(cleanup);

// As start.tsx does.
beforeEach(() => {
  if ('document' in globalThis) startI18n('en');
});

/** jsdom lays nothing out, so that no size ever changes, and nothing is out of view. */
class StillObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

/** No such thing is so. */
const QUERY = {
  matches: false,
  onchange: null,
  addListener: () => {},
  removeListener: () => {},
} satisfies Partial<MediaQueryList>;

globalThis.ResizeObserver ??= StillObserver;

if ('Element' in globalThis) {
  Element.prototype.scrollIntoView ??= () => {};
  globalThis.matchMedia ??= (media) => Object.assign(new EventTarget(), QUERY, { media });
}
