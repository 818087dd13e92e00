import { describe, expect, it } from 'vitest';
import { RepeatedLog } from '../src/repeated-log.ts';
import { ManualClock, RecordingLogger } from './environment.ts';

describe('a repeated warning', () => {
  it('is said once, and again when it changes, an hour passes, or it was forgotten', () => {
    const logger = new RecordingLogger();
    const clock = new ManualClock();
    const log = new RepeatedLog(logger, clock);
    const say = (message: string): void => log.warn('server 2', message, {});
    for (const message of ['refused', 'refused', 'not found', 'not found']) say(message);
    expect(logger.warnings).toEqual(['refused', 'not found']);
    clock.advance(3_600_000);
    say('not found');
    log.forget('server 2');
    say('not found');
    expect(logger.warnings).toHaveLength(4);
    expect(logger.lines.filter((line) => line.level === 'debug')).toHaveLength(2);
  });

  it('is kept for a bounded number of keys', () => {
    const logger = new RecordingLogger();
    const log = new RepeatedLog(logger, new ManualClock());
    for (let key = 0; key < 300; key++) log.warn(String(key), 'refused', {});
    log.warn('299', 'refused', {});
    expect(logger.warnings).toHaveLength(300);
  });
});
