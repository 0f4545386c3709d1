import { describe, expect, test } from 'vitest';
import { durationTicks, lengthLabel, stepFor, tickLabel, timeTicks } from '../../src/screens/timeline/ticks';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('a step', () => {
  test.each([
    [10, 10, 1],
    [600, 6, 120],
    [672, 7, 120],
    [HOUR, 6, 600],
    [HOUR, 4, 900],
    [8 * HOUR, 6, 2 * HOUR],
    [3 * DAY, 4, DAY],
    [10 * DAY, 6, 2 * DAY],
    [20 * DAY, 4, 7 * DAY],
  ])('of %i s in at most %i parts is %i s', (length, most, step) => {
    expect(stepFor(length, most)).toBe(step);
  });

  test('of years is in full weeks, and the parts never too many', () => {
    const length = 3 * 365 * DAY;
    const step = stepFor(length, 5);
    expect(step % (7 * DAY)).toBe(0);
    expect(length / step).toBeLessThanOrEqual(5);
  });

  test('is there where hardly any room is', () => {
    expect(stepFor(600, 1)).toBe(600);
    expect(stepFor(600, 0)).toBeGreaterThan(0);
  });
});

describe('ticks of time', () => {
  test('are on full steps within the span, its ends included', () => {
    expect(timeTicks({ from: 120, to: 720 }, 6, 0)).toEqual({
      step: 120,
      at: [120, 240, 360, 480, 600, 720],
    });
    expect(timeTicks({ from: 121, to: 719 }, 6, 0).at).toEqual([240, 360, 480, 600]);
  });

  test('are on the full hours of the wall’s clock, also where that is half an hour off', () => {
    const kolkata = 5.5 * HOUR;
    const { step, at } = timeTicks({ from: 0, to: 6 * HOUR }, 6, kolkata);
    expect(step).toBe(HOUR);
    expect(at.map((tick) => (tick + kolkata) % HOUR)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(at[0]).toBe(HOUR / 2);
  });

  test('are on midnights west of Greenwich', () => {
    const newYork = -5 * HOUR;
    expect(timeTicks({ from: 0, to: 3 * DAY }, 4, newYork).at).toEqual([5 * HOUR, 29 * HOUR, 53 * HOUR]);
  });

  test('of a span that none falls into are none', () => {
    expect(timeTicks({ from: 601, to: 602 }, 1, 0).at.length).toBeLessThanOrEqual(2);
    expect(timeTicks({ from: 1, to: 1 }, 4, 0).at).toEqual([1]);
  });
});

describe('ticks of duration', () => {
  test('begin at nothing and end at or above the longest', () => {
    expect(durationTicks(300, 4)).toEqual({ step: 120, at: [0, 120, 240, 360] });
    expect(durationTicks(3600, 4)).toEqual({ step: 900, at: [0, 900, 1800, 2700, 3600] });
  });

  test('of nothing at all still make an axis', () => {
    expect(durationTicks(0, 4).at).toEqual([0, 1]);
  });
});

describe('labels', () => {
  const noon = new Date(2026, 10, 22, 12, 0, 30).getTime() / 1000;

  test('are as fine as the step', () => {
    expect(tickLabel(noon, 30, 'de')).toBe('12:00:30');
    expect(tickLabel(noon, 60, 'de')).toBe('12:00');
    expect(tickLabel(noon, DAY, 'de')).toBe('22. Nov.');
    expect(tickLabel(noon, DAY, 'en')).toBe('Nov 22');
  });

  test('of a length have one unit, in the person’s language', () => {
    expect(lengthLabel(45, 'en')).toBe('45 sec');
    expect(lengthLabel(300, 'en')).toBe('5 min');
    expect(lengthLabel(5400, 'en')).toBe('1.5 hr');
    expect(lengthLabel(3 * DAY, 'en')).toBe('3 days');
    expect(lengthLabel(300, 'de')).toBe('5 Min.');
  });
});
