// The judges of what servers leave behind: each finds what it is for, and nothing in what is well.

import type { ServerId, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { Availability } from '../src/checks/availability.ts';
import { type LoggedTxn, type LoggedWrite, readLogFile } from '../src/checks/log-files.ts';
import { digestsAgree, logsAgree, oneLeaderPerEpoch, treesEqual, writesDoneOnce } from '../src/checks/servers.ts';

const ONE = 1 as ServerId;
const TWO = 2 as ServerId;

const txn = (zxid: number, hash: string, write?: LoggedWrite): LoggedTxn => ({
  zxid: BigInt(zxid) as Zxid,
  hash,
  write,
});
const creation = (path: string, data: string): LoggedWrite => ({ type: 'create', path, data });
const checksOf = (findings: readonly { readonly check: string }[]): string[] => findings.map(({ check }) => check);

describe('one leader per epoch', () => {
  it('is content with one server in many epochs, and with one a server', () => {
    const reigns = [
      { server: ONE, epoch: 1 },
      { server: TWO, epoch: 2 },
      { server: ONE, epoch: 3 },
    ];
    expect(oneLeaderPerEpoch(reigns)).toEqual([]);
  });

  it('finds two servers in one epoch, and one server twice', () => {
    const both = [
      { server: ONE, epoch: 4 },
      { server: TWO, epoch: 4 },
    ];
    expect(oneLeaderPerEpoch(both)[0]?.message).toBe('servers 1 and 2 both led epoch 4');
    const again = [
      { server: ONE, epoch: 4 },
      { server: ONE, epoch: 4 },
    ];
    expect(checksOf(oneLeaderPerEpoch(again))).toEqual(['one-leader-per-epoch']);
  });
});

describe('logs', () => {
  it('may begin and end at different places', () => {
    const logs = new Map([
      [ONE, [txn(1, 'a'), txn(2, 'b')]],
      [TWO, [txn(2, 'b'), txn(3, 'c')]],
    ]);
    expect(logsAgree(logs)).toEqual([]);
  });

  it('may not have two txns of one zxid, nor one twice', () => {
    const differ = new Map([
      [ONE, [txn(1, 'a'), txn(2, 'b')]],
      [TWO, [txn(2, 'x')]],
    ]);
    expect(logsAgree(differ)[0]?.message).toBe('0x2 is one txn on server 1 and another on server 2');
    expect(checksOf(logsAgree(new Map([[ONE, [txn(1, 'a'), txn(1, 'a')]]])))).toEqual(['logs-agree']);
  });

  it('have what a client wrote once', () => {
    const once = [txn(1, 'a', creation('/a', 'one')), txn(2, 'b', creation('/b', 'two'))];
    expect(writesDoneOnce(new Map([[ONE, once]]))).toEqual([]);
    const twice = [...once, txn(3, 'c', { type: 'setData', path: '/a', data: 'two' })];
    expect(writesDoneOnce(new Map([[ONE, twice]]))[0]?.message).toBe('server 1 has "two" of /a at 0x2 and at 0x3');
  });
});

describe('trees', () => {
  it('are equal or not', () => {
    expect(
      treesEqual(
        new Map([
          [ONE, 'same'],
          [TWO, 'same'],
        ]),
      ),
    ).toEqual([]);
    const differ = new Map([
      [ONE, 'this'],
      [TWO, 'that'],
    ]);
    expect(treesEqual(differ)[0]?.message).toBe('server 1 has this; server 2 has that');
  });

  it('are as the servers themselves say', () => {
    const logs = new Map([
      [ONE, '{"msg":"serving clients"}'],
      [TWO, `{"msg":"the tree differs from the leader's: digest mismatch"}`],
    ]);
    expect(digestsAgree(logs)[0]?.message).toBe("the tree of server 2 differs from the leader's");
  });
});

describe('a log file', () => {
  const record = (zxid: number, type: number, path: string, data: string): Buffer => {
    const text = (value: string): Buffer => {
      const bytes = Buffer.alloc(4 + value.length, 0);
      bytes.writeInt32BE(value.length);
      bytes.write(value, 4);
      return bytes;
    };
    const header = Buffer.alloc(32);
    header.writeBigInt64BE(BigInt(zxid), 12);
    header.writeInt32BE(type, 28);
    const body = Buffer.concat([header, text(path), text(data)]);
    const frame = Buffer.alloc(12);
    frame.writeInt32BE(body.length, 8);
    return Buffer.concat([frame, body, Buffer.from('B')]);
  };
  const FILE_HEADER = Buffer.alloc(16);

  it('is read up to the room behind its records', () => {
    const file = Buffer.concat([
      FILE_HEADER,
      record(1, 1, '/a', 'one'),
      record(2, 5, '/a', 'two'),
      record(3, -1, '/a', 'no'),
      Buffer.alloc(64),
    ]);
    expect(readLogFile(file).map(({ zxid, write }) => [zxid, write])).toEqual([
      [1n, { type: 'create', path: '/a', data: 'one' }],
      [2n, { type: 'setData', path: '/a', data: 'two' }],
      [3n, undefined],
    ]);
  });

  it('is read up to a torn record', () => {
    const whole = record(1, 1, '/a', 'one');
    const torn = record(2, 1, '/b', 'two').subarray(0, 30);
    expect(readLogFile(Buffer.concat([FILE_HEADER, whole, torn]))).toHaveLength(1);
    expect(readLogFile(FILE_HEADER.subarray(0, 5))).toEqual([]);
  });
});

describe('availability', () => {
  it('counts acknowledged writes, and measures the time without one', () => {
    const availability = new Availability();
    const write = (operation: number, at: number, ok: boolean): void => {
      const request = { type: 'delete', path: '/a', version: -1 } as const;
      availability.onEvent({ type: 'invoked', client: 'a', operation, request, at });
      const outcome = ok ? ({ ok: true, zxid: 1n as Zxid } as const) : ({ ok: false, error: 'NONODE' } as const);
      availability.onEvent({ type: 'returned', client: 'a', operation, outcome, at });
    };
    write(1, 10, true);
    write(2, 15, false);
    write(3, 40, true);
    write(4, 45, true);
    expect(availability.count).toBe(3);
    expect(availability.longestGapMs({ fromMs: 0, toMs: 50 })).toBe(30);
    expect(availability.longestGapMs({ fromMs: 0, toMs: 100 })).toBe(55);
    expect(availability.longestGapMs({ fromMs: 100, toMs: 130 })).toBe(30);
  });
});
