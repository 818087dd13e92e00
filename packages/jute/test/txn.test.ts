import type { DecodedTxn, Txn, TxnHeader } from '@zebu/jute';
import { decodeTxn, encodeTxn, encodeTxnDigest, JuteError } from '@zebu/jute';
import type { Acl, Zxid } from '@zebu/protocol';
import { OPEN_ACL_UNSAFE, OpCode, TXN_HEADER_BYTES, txnCounter, txnEpoch } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GOLDEN } from './golden-bytes.ts';
import { ACLS, DATA, SESSION_ID } from './records.ts';
import { encoded, hex, unhex } from './support.ts';

fc.configureGlobal({ seed: 22 });

const OPEN: Acl[] = [...OPEN_ACL_UNSAFE];
const DIGEST = { version: 2, treeDigest: 0xfedcba9876543210n };
const DIGEST_BYTES = 12;

type TxnCase = readonly [keyof typeof GOLDEN, number, Txn];
const CASES: readonly TxnCase[] = [
  [
    'createTxn',
    OpCode.CREATE,
    { type: 'create', path: '/a', data: DATA, acl: ACLS, ephemeral: true, parentCVersion: 9 },
  ],
  [
    'create2Txn',
    OpCode.CREATE2,
    { type: 'create', path: '/a', data: null, acl: OPEN, ephemeral: false, parentCVersion: 1 },
  ],
  [
    'createContainerTxn',
    OpCode.CREATE_CONTAINER,
    { type: 'createContainer', path: '/c', data: DATA, acl: OPEN, parentCVersion: 2 },
  ],
  [
    'createTtlTxn',
    OpCode.CREATE_TTL,
    { type: 'createTTL', path: '/t', data: DATA, acl: OPEN, parentCVersion: 3, ttlMs: 5000 },
  ],
  ['deleteTxn', OpCode.DELETE, { type: 'delete', path: '/a' }],
  ['deleteContainerTxn', OpCode.DELETE_CONTAINER, { type: 'delete', path: '/c' }],
  ['setDataTxn', OpCode.SET_DATA, { type: 'setData', path: '/a', data: DATA, version: 8 }],
  ['reconfigTxn', OpCode.RECONFIG, { type: 'setData', path: '/zookeeper/config', data: DATA, version: 1 }],
  ['setAclTxn', OpCode.SET_ACL, { type: 'setACL', path: '/a', acl: ACLS, version: 2 }],
  ['createSessionTxn', OpCode.CREATE_SESSION, { type: 'createSession', timeoutMs: 30000 }],
  ['closeSessionTxn', OpCode.CLOSE_SESSION, { type: 'closeSession', paths: ['/e1', '/e2'] }],
  ['closeSessionTxnBare', OpCode.CLOSE_SESSION, { type: 'closeSession', paths: undefined }],
  ['errorTxn', OpCode.ERROR, { type: 'error', error: -110 }],
  [
    'multiTxn',
    OpCode.MULTI,
    {
      type: 'multi',
      parts: [
        {
          opCode: OpCode.CREATE2,
          txn: { type: 'create', path: '/m', data: DATA, acl: OPEN, ephemeral: false, parentCVersion: 4 },
        },
        { opCode: OpCode.DELETE, txn: { type: 'delete', path: '/n' } },
        { opCode: OpCode.SET_DATA, txn: { type: 'setData', path: '/o', data: null, version: 2 } },
        { opCode: OpCode.CHECK, txn: { type: 'check', path: '/p', version: 6 } },
      ],
    },
  ],
  [
    'multiTxnFailed',
    OpCode.MULTI,
    { type: 'multi', parts: [0, -103, -2].map((error) => ({ opCode: OpCode.ERROR, txn: { type: 'error', error } })) },
  ],
];

const headerOf = (type: number): TxnHeader => ({
  sessionId: SESSION_ID,
  cxid: -17,
  zxid: 0x300000001n as Zxid,
  time: 1700000000456,
  type,
});

describe.each(CASES)('%s', (name, type, txn) => {
  const golden = unhex(GOLDEN[name]);
  const header = headerOf(type);

  it('encodes to the bytes that ZooKeeper logs', () => {
    const bytes = encoded((writer) => {
      encodeTxn(writer, header, txn);
      encodeTxnDigest(writer, DIGEST.version, DIGEST.treeDigest);
    });
    expect(hex(bytes)).toBe(hex(golden));
  });

  it('decodes the bytes that ZooKeeper logs, with and without a digest', () => {
    expect(decodeTxn(golden)).toEqual({ header, txn, digest: DIGEST });
    expect(decodeTxn(golden.subarray(0, golden.length - DIGEST_BYTES))).toEqual({ header, txn });
  });

  it('cut off at any other byte is a JuteError', () => {
    for (let length = 0; length < golden.length; length++) {
      if (length === golden.length - DIGEST_BYTES || isOlderForm(txn, golden, length)) continue;
      expect(() => decodeTxn(golden.subarray(0, length)), `cut at ${length}`).toThrow(JuteError);
    }
  });

  it('gives a value or a JuteError for any garbage', () => {
    const changes = fc.array(fc.tuple(fc.nat(golden.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, (all) => {
        const bytes = all.reduce((changed, [at, byte]) => changed.with(at, byte), golden);
        expect(outcomeOf(bytes)).toBeOneOf(['txn', 'JuteError']);
      }),
      { numRuns: 300 },
    );
  });
});

/** A create without parentCVersion is a CreateTxnV0, and a closeSession may have no record, with or without a digest. */
function isOlderForm(txn: Txn, golden: Uint8Array, length: number): boolean {
  if (txn.type === 'create') return length === golden.length - DIGEST_BYTES - 4;
  return txn.type === 'closeSession' && (length === TXN_HEADER_BYTES || length === TXN_HEADER_BYTES + DIGEST_BYTES);
}

function outcomeOf(bytes: Uint8Array): string {
  try {
    decodeTxn(bytes);
    return 'txn';
  } catch (error) {
    return error instanceof JuteError ? 'JuteError' : String(error);
  }
}

describe('decodeTxn', () => {
  it('reads the create of ZooKeeper before 3.3, which lacks parentCVersion', () => {
    const expected: DecodedTxn = {
      header: headerOf(OpCode.CREATE),
      txn: { type: 'create', path: '/a', data: DATA, acl: OPEN, ephemeral: true, parentCVersion: -1 },
    };
    expect(decodeTxn(unhex(GOLDEN.createTxnV0))).toEqual(expected);
  });

  it('ignores what follows the digest', () => {
    expect(decodeTxn(unhex(`${GOLDEN.deleteTxn}00ff`))).toEqual(decodeTxn(unhex(GOLDEN.deleteTxn)));
  });

  it('gives a JuteError for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(outcomeOf(bytes)).toBeOneOf(['txn', 'JuteError']);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses an unknown type, alone and in a multi', () => {
    const header = GOLDEN.deleteTxn.slice(0, 56);
    expect(() => decodeTxn(unhex(`${header}00000063`))).toThrow('unknown type 99');
    expect(() => decodeTxn(unhex(`${header}0000000e00000001${'0000000e00000000'}`))).toThrow('unknown type 14');
  });

  it('refuses a part of a multi that is cut off inside its own buffer', () => {
    const header = GOLDEN.multiTxn.slice(0, 64);
    expect(() => decodeTxn(unhex(`${header}00000001ffffffff00000002${'0000'}00000000`))).toThrow(JuteError);
  });
});

describe('encodeTxn', () => {
  it('refuses a record that its type does not carry', () => {
    const encodeWrong = (): Uint8Array =>
      encoded((writer) => encodeTxn(writer, headerOf(OpCode.DELETE), { type: 'error', error: -1 }));
    expect(encodeWrong).toThrow('does not carry error');
  });

  it('starts with the header that protocol reads in place', () => {
    const golden = unhex(GOLDEN.deleteTxn);
    expect([txnEpoch(golden), txnCounter(golden)]).toEqual([3, 1]);
  });
});
