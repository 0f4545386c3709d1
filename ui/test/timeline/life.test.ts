import type { EventKind, SessionEvent } from 'tauri-plugin-keyfob-api';
import { describe, expect, test } from 'vitest';
import { gravest } from '../../src/screens/timeline/event';
import {
  clipped,
  gathered,
  livesOf,
  offlineSpans,
  type Present,
  spanOf,
  within,
} from '../../src/screens/timeline/life';

const event = (at: number, kind: EventKind, change: Partial<SessionEvent> = {}): SessionEvent => ({
  at,
  kind,
  audience: null,
  reason: null,
  expiresAt: null,
  ...change,
});

const at = (now: number, ownAudience: string | null = null): Present => ({ now, ownAudience });

describe('the lives of access tokens', () => {
  test('begin with each that is brought, and end with the next', () => {
    const events = [
      event(100, 'signed_in', { expiresAt: 400 }),
      event(340, 'refreshed', { expiresAt: 640 }),
      event(580, 'refreshed', { expiresAt: 880 }),
    ];
    expect(livesOf(events, at(600))).toEqual([
      { from: 100, to: 340, expiresAt: 400 },
      { from: 340, to: 580, expiresAt: 640 },
      { from: 580, to: 600, expiresAt: 880 },
    ]);
  });

  test('end at expiry where nothing renews them', () => {
    const events = [event(100, 'restored', { expiresAt: 160 }), event(500, 'refreshed', { expiresAt: 800 })];
    expect(livesOf(events, at(900))).toEqual([
      { from: 100, to: 160, expiresAt: 160 },
      { from: 500, to: 800, expiresAt: 800 },
    ]);
  });

  test.each(['signed_out', 'session_ended'] as const)('end with the session: %s', (kind) => {
    const events = [event(100, 'signed_in', { expiresAt: 400 }), event(200, kind)];
    expect(livesOf(events, at(300))).toEqual([{ from: 100, to: 200, expiresAt: 400 }]);
  });

  test.each(['account_switched', 'session_followed'] as const)(
    'after %s are those of the session that is there then',
    (kind) => {
      const before = event(100, 'signed_in', { expiresAt: 400 });
      expect(livesOf([before, event(200, kind, { expiresAt: 900 })], at(300))).toEqual([
        { from: 100, to: 200, expiresAt: 400 },
        { from: 200, to: 300, expiresAt: 900 },
      ]);
      expect(livesOf([before, event(200, kind)], at(300))).toHaveLength(1);
    },
  );

  test('are not those of other audiences, and are those of the sign-in’s own under its name', () => {
    const events = [
      event(100, 'signed_in', { expiresAt: 400 }),
      event(150, 'refreshed', { audience: 'https://other.example', expiresAt: 9000 }),
      event(200, 'refreshed', { audience: 'https://own.example', expiresAt: 500 }),
    ];
    expect(livesOf(events, at(250, 'https://own.example'))).toEqual([
      { from: 100, to: 200, expiresAt: 400 },
      { from: 200, to: 250, expiresAt: 500 },
    ]);
  });

  test('are not interrupted by what only happens beside them', () => {
    const events = [
      event(100, 'signed_in', { expiresAt: 400 }),
      event(150, 'refresh_failed'),
      event(160, 'went_offline'),
      event(170, 'sign_in_started'),
      event(180, 'account_removed'),
    ];
    expect(livesOf(events, at(200))).toEqual([{ from: 100, to: 200, expiresAt: 400 }]);
  });

  test('that the provider gives no end, or that were over at once, draw nothing', () => {
    const events = [
      event(100, 'signed_in'),
      event(150, 'refreshed', { expiresAt: 150 }),
      event(160, 'restored', { expiresAt: 90 }),
    ];
    expect(livesOf(events, at(200))).toEqual([]);
  });

  test('never run backwards when the clock does', () => {
    const events = [
      event(1000, 'signed_in', { expiresAt: 1300 }),
      event(400, 'clock_changed'),
      event(410, 'refreshed', { expiresAt: 710 }),
    ];
    expect(livesOf(events, at(420))).toEqual([{ from: 410, to: 420, expiresAt: 710 }]);
  });
});

describe('being offline', () => {
  test('is from the first word of it to the first word that it is over', () => {
    const events = [
      event(10, 'came_online'),
      event(20, 'went_offline'),
      event(25, 'went_offline'),
      event(40, 'came_online'),
      event(60, 'went_offline'),
    ];
    expect(offlineSpans(events, 90)).toEqual([
      { from: 20, to: 40 },
      { from: 60, to: 90 },
    ]);
  });

  test('ends with the session that it was about', () => {
    for (const kind of ['signed_out', 'account_switched', 'session_ended'] as const) {
      const events = [event(20, 'went_offline'), event(30, kind)];
      expect(offlineSpans(events, 90)).toEqual([{ from: 20, to: 30 }]);
    }
  });
});

describe('what is shown', () => {
  test.each([
    ['tenMinutes', 600],
    ['hour', 3600],
  ] as const)('%s is the past of that length, with something of the future', (range, past) => {
    const { from, to } = spanOf(range, [], 10_000);
    expect(from).toBe(10_000 - past);
    expect(to).toBeGreaterThan(10_000);
  });

  test('all of it begins before the first event, and is a minute at least', () => {
    expect(spanOf('all', [event(1000, 'restored')], 9000).from).toBeLessThan(1000);
    expect(spanOf('all', [], 9000).from).toBe(8940);
  });

  test('is in the order of the clock', () => {
    const events = [event(30, 'restored'), event(10, 'refreshed'), event(99, 'refreshed')];
    expect(within(events, { from: 0, to: 50 }).map((event) => event.at)).toEqual([10, 30]);
  });

  test('is cut at its ends', () => {
    const spans = [
      { from: 0, to: 10 },
      { from: 5, to: 25 },
      { from: 30, to: 90 },
      { from: 60, to: 70 },
    ];
    expect(clipped(spans, { from: 10, to: 50 })).toEqual([
      { from: 10, to: 25 },
      { from: 30, to: 50 },
    ]);
  });
});

describe('things that would lie on each other', () => {
  const own = (value: number) => value;

  test('are together, and no group is wider than the distance', () => {
    expect(gathered([0, 5, 9, 10, 14, 40], own, 10)).toEqual([[0, 5, 9], [10, 14], [40]]);
  });

  test('are all there, a thousand of them as well', () => {
    const thousand = Array.from({ length: 1000 }, (_, index) => index / 2);
    expect(gathered(thousand, own, 16).flat()).toEqual(thousand);
    expect(gathered(thousand, own, 16).length).toBeLessThan(40);
    expect(gathered([], own, 16)).toEqual([]);
  });

  test('are shown by the gravest, and the latest of equals', () => {
    const failed = event(2, 'refresh_failed');
    expect(gravest([event(1, 'refreshed'), failed, event(3, 'refreshed')])).toBe(failed);
    const last = event(3, 'refreshed');
    expect(gravest([event(1, 'refreshed'), last])).toBe(last);
    expect(gravest([])).toBeUndefined();
  });
});
