import { CommittedLog } from '@zebu/leader';
import { describe, expect, it } from 'vitest';
import { run, show, showRun, zxid } from './notation.ts';

const log = (limits: { count?: number; bytes?: number } = {}, base = '1:0'): CommittedLog =>
  new CommittedLog(zxid(base), { maxEntryCount: limits.count ?? 100, maxBytes: limits.bytes ?? 1e6 });

describe('CommittedLog', () => {
  it('holds every committed txn above its base', () => {
    const window = log({ count: 3 });
    window.add(run('1:1..1:5'));
    expect(show(window.base)).toBe('1:2');
    expect(show(window.end)).toBe('1:5');
    expect(showRun(window.after(window.base))).toBe('1:3..1:5');
    expect(showRun(window.after(zxid('1:4')))).toBe('1:5');
    expect(window.after(zxid('7:0'))).toEqual([]);
  });

  it('ends with its base while it is empty (ZOOKEEPER-4352: an empty window is not the beginning of history)', () => {
    const window = log({}, '3:7');
    expect(show(window.end)).toBe('3:7');
    expect(show(window.floor(zxid('9:9')))).toBe('3:7');
    expect(window.after(zxid('3:7'))).toEqual([]);
  });

  it('finds the floor of any zxid, the base included', () => {
    const window = log({}, '1:1');
    window.add(run('1:2 2:1..2:2'));
    expect(['1:1', '1:2', '1:9', '2:1', '3:0'].map((text) => show(window.floor(zxid(text))))).toEqual([
      '1:1',
      '1:2',
      '1:2',
      '2:1',
      '2:2',
    ]);
  });

  it('is bounded in entries and in bytes', () => {
    const window = log({ bytes: 320 });
    window.add(run('1:1..1:20', 100));
    expect(window.entryCount).toBe(3);
    expect(window.bytes).toBe(300);
    const none = log({ count: 0 });
    none.add(run('1:1..1:2'));
    expect([none.entryCount, none.bytes, show(none.base)]).toEqual([0, 0, '1:2']);
  });

  it('keeps more entries while it is held, but no more bytes', () => {
    const window = log({ count: 2, bytes: 32 * 5 });
    window.hold(true);
    window.add(run('1:1..1:4'));
    expect(window.entryCount).toBe(4);
    window.add(run('1:5..1:8'));
    expect(window.entryCount).toBe(5);
    window.hold(false);
    expect([window.entryCount, show(window.base)]).toEqual([2, '1:6']);
  });

  it('stays right over many times its size', () => {
    const window = log({ count: 10 });
    for (let batch = 0; batch < 500; batch++) window.add(run(`1:${batch * 7 + 1}..1:${batch * 7 + 7}`));
    expect(showRun(window.after(zxid('1:3495')))).toBe('1:3496..1:3500');
    expect(window.bytes).toBe(320);
    expect(show(window.floor(zxid('1:3494')))).toBe('1:3494');
  });
});
