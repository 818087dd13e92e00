import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../src/system-clock.ts';

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance', 'Date'],
    }),
);
afterEach(() => void vi.useRealTimers());

it('a timer is never early, though its time is a fraction of a millisecond away', () => {
  let firedAt = Number.NaN;
  const at = systemClock.now() + 10.4;
  systemClock.setTimer(at, () => {
    firedAt = systemClock.now();
  });
  vi.advanceTimersByTime(10);
  expect(firedAt).toBeNaN();
  vi.advanceTimersByTime(1);
  expect(firedAt).toBeGreaterThanOrEqual(at);
});

it('a timer farther away than setTimeout reaches waits all the same', () => {
  let fired = false;
  const days = 24 * 3_600_000;
  systemClock.setTimer(systemClock.now() + 60 * days, () => {
    fired = true;
  });
  vi.advanceTimersByTime(59 * days);
  expect(fired).toBe(false);
  vi.advanceTimersByTime(2 * days);
  expect(fired).toBe(true);
});

it('a timer in the past fires at once, a cancelled one never', () => {
  const fired: string[] = [];
  systemClock.setTimer(systemClock.now() - 5, () => fired.push('past'));
  for (const delayMs of [-5, 5]) {
    systemClock.setTimer(systemClock.now() + delayMs, () => fired.push('cancelled')).cancel();
  }
  vi.advanceTimersByTime(100);
  expect(fired).toEqual(['past']);
});
