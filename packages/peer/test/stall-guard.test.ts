import { describe, expect, it } from 'vitest';
import { StallGuard } from '../src/stall-guard.ts';

describe('StallGuard', () => {
  it('passes time through while steps come when they should', () => {
    const guard = new StallGuard(50);
    expect(guard.observe(1000, undefined)).toEqual({ time: 1000, late: false });
    expect(guard.observe(1100, 1100)).toEqual({ time: 1100, late: false });
    expect(guard.observe(1150, 1200)).toEqual({ time: 1150, late: false });
  });

  it('takes a stall out of the time, so that deadlines move by it', () => {
    const guard = new StallGuard(50);
    guard.observe(1000, undefined);
    expect(guard.observe(9000, 1100)).toEqual({ time: 1100, late: true });
    expect(guard.toRealTime(1200)).toBe(9100);
    expect(guard.observe(9100, 1200)).toEqual({ time: 1200, late: false });
  });

  it('tolerates small lateness without losing time', () => {
    const guard = new StallGuard(50);
    guard.observe(1000, undefined);
    expect(guard.observe(1140, 1100)).toEqual({ time: 1140, late: false });
  });

  it('counts a wakeup that was already overdue from the last step', () => {
    const guard = new StallGuard(50);
    guard.observe(1000, undefined);
    // A wakeup in the past of the last step is due at once: only the time since that step can be a stall.
    expect(guard.observe(1010, 500)).toEqual({ time: 1010, late: false });
  });
});
