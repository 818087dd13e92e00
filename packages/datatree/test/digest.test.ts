import { crc32 } from 'node:zlib';
import type { SessionId, Zxid } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRC_START, crcBytes, crcInt, crcLong, crcValue } from '../src/crc32.ts';
import { contentCrc, countsInDigest, DataTree, DIGEST_VERSION, digestOfWords, nodeDigest } from '../src/index.ts';
import { TreeDigest } from '../src/tree-digest.ts';
import { digestOf, type ModelNode } from './support/model.ts';
import { bytesOf, createdBy, NOBODY, TxnSource } from './support/txns.ts';

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const node: fc.Arbitrary<ModelNode> = fc.record({
  data: fc.option(fc.uint8Array({ maxLength: 40 })),
  acl: fc.constant([]),
  czxid: long,
  mzxid: long,
  pzxid: long,
  ctime: fc.maxSafeInteger(),
  mtime: fc.maxSafeInteger(),
  version: int,
  cversion: int,
  aversion: int,
  owner: long,
});

describe('CRC-32', () => {
  it('is the one of zlib for any bytes, in one piece or in two', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 100 }), (bytes, cut) => {
        const middle = Math.min(cut, bytes.length);
        const register = crcBytes(crcBytes(CRC_START, bytes, 0, middle), bytes, middle, bytes.length);
        expect(crcValue(register)).toBe(crc32(bytes));
      }),
    );
  });

  it('takes words as their big-endian bytes', () => {
    fc.assert(
      fc.property(int, int, int, (register, high, low) => {
        const bytes = Buffer.alloc(8);
        bytes.writeInt32BE(high, 0);
        bytes.writeInt32BE(low, 4);
        expect(crcLong(register, high, low)).toBe(crcBytes(register, bytes, 0, 8));
        expect(crcInt(register, high)).toBe(crcBytes(register, bytes, 0, 4));
      }),
    );
  });
});

describe('nodeDigest', () => {
  it('is the checksum of path, data and stat of DigestCalculator', () => {
    fc.assert(
      fc.property(node, fc.constantFrom('/a', '/ä/日本', '/', '/zookeeper', '/zookeeper2'), (stat, path) => {
        const digest = nodeDigest(path, stat.data, {
          ...stat,
          czxid: stat.czxid as Zxid,
          mzxid: stat.mzxid as Zxid,
          pzxid: stat.pzxid as Zxid,
          ephemeralOwner: stat.owner as SessionId,
        });
        expect(digest).toBe(digestOf(path, stat));
      }),
    );
  });

  it('is 0 below /zookeeper/, and nowhere else', () => {
    expect(['/', '/zookeeper', '/zookeeper2'].every(countsInDigest)).toBe(true);
    expect(['/zookeeper/x', '/zookeeper/quota/a'].some(countsInDigest)).toBe(false);
  });

  it('of a znode in the tree is what prep computes of NodeFacts, with and without the data', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    tree.apply(source.create('/a', { data: bytesOf('data'), session: 5n, ephemeral: true }), NOBODY);
    tree.apply(source.make({ type: 'createTTL', ...createdBy('/ttl'), ttlMs: 5 }), NOBODY);
    tree.apply(source.setData('/a', bytesOf('other'), 1), NOBODY);
    for (const path of ['/', '/a', '/ttl', '/zookeeper']) {
      const facts = tree.lookup(path);
      if (facts === undefined) throw new Error(path);
      expect(facts.digest).toBe(nodeDigest(path, facts.data, facts));
      expect(facts.contentCrc).toBe(contentCrc(path, facts.data));
      expect(facts.digest).toBe(digestOfWords(facts.contentCrc, facts));
    }
    expect(tree.lookup('/zookeeper/config')).toMatchObject({ digest: 0, contentCrc: 0 });
  });
});

describe('the tree digest', () => {
  it('is a sum modulo 2^64 (AdHash)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 0xffff_ffff }))), (steps) => {
        const digest = new TreeDigest();
        let sum = 0n;
        for (const [adds, value] of steps) {
          if (adds) digest.add(value);
          else digest.subtract(value);
          sum = BigInt.asUintN(64, adds ? sum + BigInt(value) : sum - BigInt(value));
          expect(digest.value).toBe(sum);
          expect(digest.equals(Number(sum >> 32n), Number(sum & 0xffff_ffffn))).toBe(true);
          expect(digest.equals(Number(sum >> 32n), Number((sum + 1n) & 0xffff_ffffn))).toBe(false);
        }
      }),
    );
  });

  it('is compared with that of a txn: a mismatch is reported, and the tree goes on', () => {
    const tree = new DataTree();
    const source = new TxnSource();
    expect(tree.apply(source.create('/a', { digest: 1n }), NOBODY)).toMatchObject({ digestMismatch: true, error: 0 });
    expect(tree.apply(source.create('/b'), NOBODY).digestMismatch).toBe(false);
    expect(tree.lookup('/b')).toBeDefined();
    const right = tree.treeDigest;
    const same = source.make({ type: 'check', path: '/a', version: 0 }, { digest: right });
    expect(tree.apply(same, NOBODY).digestMismatch).toBe(false);
    const high = source.make({ type: 'check', path: '/a', version: 0 }, { digest: right + (1n << 32n) });
    expect(tree.apply(high, NOBODY).digestMismatch).toBe(true);
  });

  it('is not compared where digests are switched off', () => {
    const tree = new DataTree({ comparesDigests: false });
    expect(tree.apply(new TxnSource().create('/a', { digest: 1n }), NOBODY).digestMismatch).toBe(false);
    expect(tree.treeDigest).toBeGreaterThan(0n);
  });

  it('is not compared with that of another version', () => {
    const txn = new TxnSource().create('/a', { digest: 1n, digestVersion: 3 });
    expect(DIGEST_VERSION).toBe(2);
    expect(new DataTree().apply(txn, NOBODY).digestMismatch).toBe(false);
  });
});
