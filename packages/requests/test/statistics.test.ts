import { OpCode, type Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { BufferStatistics } from '../src/buffer-statistics.ts';
import { ConnectionStatistics } from '../src/connection-statistics.ts';
import { operationName } from '../src/operation-name.ts';

describe('sizes of buffers', () => {
  it('are -1 until there was one, and after a reset', () => {
    const sizes = new BufferStatistics();
    const none = { last: -1, minimum: -1, maximum: -1 };
    expect(sizes.view()).toEqual(none);
    for (const bytes of [20, 0, 7]) sizes.add(bytes);
    expect(sizes.view()).toEqual({ last: 7, minimum: 0, maximum: 20 });
    sizes.reset();
    expect(sizes.view()).toEqual(none);
  });
});

describe('what a connection did', () => {
  it('is nothing at first, and after a reset', () => {
    const statistics = new ConnectionStatistics(99);
    const nothing = {
      establishedAt: 99,
      lastOperation: 'NA',
      lastCxid: -1,
      lastZxid: -1n as Zxid,
      lastResponseAt: 0,
      lastLatencyMs: 0,
      latencyMs: { minimum: 0, average: 0, maximum: 0 },
    };
    expect(statistics.view()).toEqual(nothing);
    statistics.answered(3, OpCode.GET_DATA, 1, 0x80000001, 10, 15);
    expect(statistics.view()).toEqual({
      establishedAt: 99,
      lastOperation: 'GETD',
      lastCxid: 3,
      lastZxid: 0x180000001n,
      lastResponseAt: 15,
      lastLatencyMs: 5,
      latencyMs: { minimum: 5, average: 5, maximum: 5 },
    });
    statistics.reset();
    expect(statistics.view()).toEqual(nothing);
  });

  it('a ping is its last operation, but not its last cxid', () => {
    const statistics = new ConnectionStatistics(0);
    statistics.answered(3, OpCode.SET_DATA, 0, 1, 0, 0);
    statistics.answered(-2, OpCode.PING, 0, 1, 0, 0);
    expect(statistics.view()).toMatchObject({ lastOperation: 'PING', lastCxid: 3 });
  });

  it('a write that was refused has no name, as in FinalRequestProcessor', () => {
    expect(operationName(OpCode.ERROR)).toBe('NA');
  });
});
