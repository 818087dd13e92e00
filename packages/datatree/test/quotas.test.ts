// The use of quotas as ZooKeeper keeps it in zookeeper_stats.

import { describe, expect, it } from 'vitest';
import { DataTree } from '../src/index.ts';
import { formatUsage, moveUsage, parseLimits, parseUsage } from '../src/quota-usage.ts';
import { dumpNode, dumpState } from './support/dump.ts';
import { restoreBody, takeAll } from './support/snapshots.ts';
import { bytesOf, NOBODY, TxnSource } from './support/txns.ts';

class Scene {
  tree = new DataTree();
  readonly source = new TxnSource();

  create(path: string, data: string): void {
    this.tree.apply(this.source.create(path, { data: bytesOf(data) }), NOBODY);
  }

  /** As `setquota` does: the path's znodes below /zookeeper/quota, limits first. */
  limit(path: string): void {
    const parts = path.slice(1).split('/');
    for (let i = 1; i <= parts.length; i++) this.create(`/zookeeper/quota/${parts.slice(0, i).join('/')}`, '');
    this.create(`/zookeeper/quota${path}/zookeeper_limits`, 'count=10,bytes=100');
    this.create(`/zookeeper/quota${path}/zookeeper_stats`, 'count=-1,bytes=-1');
  }

  usage(path: string): string {
    const { data } = dumpNode(this.tree, `/zookeeper/quota${path}/zookeeper_stats`);
    return Buffer.from(data ?? '', 'hex').toString();
  }
}

describe('the use of a quota', () => {
  it('is counted when the quota is made, and follows creations, data and deletions below it', () => {
    const scene = new Scene();
    scene.create('/a', '123');
    scene.create('/a/b', '4567');
    scene.create('/ab', 'not below /a');
    scene.limit('/a');
    expect(scene.usage('/a')).toBe('count=2,bytes=7');
    scene.create('/a/b/c', '8');
    expect(scene.usage('/a')).toBe('count=3,bytes=8');
    scene.tree.apply(scene.source.setData('/a', null, 1), NOBODY);
    expect(scene.usage('/a')).toBe('count=3,bytes=5');
    scene.tree.apply(scene.source.delete('/a/b/c'), NOBODY);
    expect(scene.usage('/a')).toBe('count=2,bytes=4');
    scene.tree.apply(scene.source.setData('/ab', null, 1), NOBODY);
    expect(scene.usage('/a')).toBe('count=2,bytes=4');
  });

  it('is counted by the innermost quota, and no more once its limits are gone', () => {
    const scene = new Scene();
    for (const path of ['/a', '/a/b', '/a/b/c']) scene.create(path, 'x');
    scene.limit('/a');
    scene.tree.apply(scene.source.create('/zookeeper/quota/a/b', { data: null }), NOBODY);
    scene.create('/zookeeper/quota/a/b/zookeeper_limits', 'count=1');
    scene.create('/zookeeper/quota/a/b/zookeeper_stats', '');
    expect([scene.usage('/a'), scene.usage('/a/b')]).toEqual(['count=3,bytes=3', 'count=2,bytes=2']);
    scene.create('/a/b/d', 'y');
    expect([scene.usage('/a'), scene.usage('/a/b')]).toEqual(['count=3,bytes=3', 'count=3,bytes=3']);
    scene.tree.apply(scene.source.delete('/zookeeper/quota/a/b/zookeeper_limits'), NOBODY);
    scene.create('/a/b/e', 'y');
    expect([scene.usage('/a'), scene.usage('/a/b')]).toEqual(['count=4,bytes=4', 'count=3,bytes=3']);
  });

  it('shows in no Stat, in no digest and in no watch', () => {
    const scene = new Scene();
    scene.create('/a', '');
    scene.limit('/a');
    const stats = '/zookeeper/quota/a/zookeeper_stats';
    const before = dumpNode(scene.tree, stats).stat;
    scene.create('/a/b', 'data');
    const { dataLength: _, ...after } = dumpNode(scene.tree, stats).stat;
    expect(before).toMatchObject(after);
    const withoutQuota = new Scene();
    withoutQuota.create('/a', '');
    withoutQuota.source.zxid = scene.source.zxid - 1n;
    withoutQuota.source.time = scene.source.time - 1;
    withoutQuota.create('/a/b', 'data');
    expect(scene.tree.treeDigest).toBe(withoutQuota.tree.treeDigest);
  });

  it('goes through a snapshot as it was, and goes on behind it', () => {
    const scene = new Scene();
    scene.create('/a', 'x');
    scene.limit('/a');
    scene.tree.apply(scene.source.setData('/zookeeper/quota/a/zookeeper_stats', bytesOf('count=7,bytes=8'), 1), NOBODY);
    const cursor = scene.tree.openSnapshot();
    scene.create('/a/b', 'yy');
    expect(scene.usage('/a')).toBe('count=8,bytes=10');
    scene.tree = restoreBody(takeAll(cursor), cursor.zxid);
    expect(scene.usage('/a')).toBe('count=7,bytes=8');
    scene.tree.apply(scene.source.create('/a/b', { data: bytesOf('yy') }), NOBODY);
    expect(scene.usage('/a')).toBe('count=8,bytes=10');
  });

  it('is counted anew from a snapshot that is not exact (DataTree.setupQuota)', () => {
    const scene = new Scene();
    scene.create('/a', 'x');
    scene.limit('/a');
    scene.tree.apply(scene.source.setData('/zookeeper/quota/a/zookeeper_stats', bytesOf('count=7,bytes=8'), 1), NOBODY);
    const body = takeAll(scene.tree.openSnapshot());
    scene.tree = restoreBody(body.subarray(0, -20), scene.source.zxid);
    expect(scene.usage('/a')).toBe('count=1,bytes=1');
  });

  it('survives anything that a client writes in its place', () => {
    const scene = new Scene();
    scene.create('/a', 'x');
    scene.limit('/a');
    for (const data of [new Uint8Array([255, 254]), bytesOf('count=many,bytes'), bytesOf('x'.repeat(5000)), null]) {
      scene.tree.apply(scene.source.setData('/zookeeper/quota/a/zookeeper_stats', data, 1), NOBODY);
      scene.tree.apply(scene.source.setData('/a', bytesOf('yz'), 1), NOBODY);
      scene.tree.apply(scene.source.setData('/a', bytesOf('x'), 1), NOBODY);
      expect(scene.usage('/a')).toContain('count=-1,bytes=-1');
    }
    scene.tree.apply(scene.source.delete('/zookeeper/quota/a/zookeeper_stats'), NOBODY);
    scene.create('/a/b', '');
    scene.create('/zookeeper/quota/zookeeper_limits', 'a quota on the root counts nothing');
    scene.create('/c', '');
    expect(dumpState(restoreBody(takeAll(scene.tree.openSnapshot()), scene.source.zxid))).toEqual(
      dumpState(scene.tree),
    );
  });
});

describe('quotaOf', () => {
  it('gives the innermost quota over a path, whether there is a znode or not', () => {
    const scene = new Scene();
    for (const path of ['/a', '/a/b', '/ab']) scene.create(path, 'xy');
    expect(scene.tree.quotaOf('/a')).toBeUndefined();
    scene.limit('/a');
    const quota = {
      path: '/a',
      limits: { count: 10, bytes: 100, countHard: -1, bytesHard: -1 },
      usage: { count: 2, bytes: 4 },
    };
    for (const path of ['/a', '/a/b', '/a/b/missing/c']) expect(scene.tree.quotaOf(path)).toEqual(quota);
    for (const path of ['/', '/ab', '/b']) expect(scene.tree.quotaOf(path)).toBeUndefined();
    scene.tree.apply(scene.source.create('/zookeeper/quota/a/b', { data: null }), NOBODY);
    scene.create('/zookeeper/quota/a/b/zookeeper_limits', 'count=-1,bytes=-1=;byteHardLimit=9;countHardLimit=7');
    expect(scene.tree.quotaOf('/a/b/c')).toBeUndefined();
    scene.create('/zookeeper/quota/a/b/zookeeper_stats', '');
    expect(scene.tree.quotaOf('/a/b/c')).toEqual({
      path: '/a/b',
      limits: { count: -1, bytes: -1, countHard: 7, bytesHard: 9 },
      usage: { count: 1, bytes: 2 },
    });
    scene.tree = restoreBody(takeAll(scene.tree.openSnapshot()), scene.source.zxid);
    expect(scene.tree.quotaOf('/a/b/c')?.path).toBe('/a/b');
    scene.tree.apply(scene.source.delete('/zookeeper/quota/a/b/zookeeper_limits'), NOBODY);
    expect(scene.tree.quotaOf('/a/b/c')?.path).toBe('/a');
  });
});

describe('the text of a quota’s use (StatsTrack)', () => {
  it('has count and bytes first, and the rest sorted behind a lone =', () => {
    expect(formatUsage(2, 10)).toBe('count=2,bytes=10');
    expect(moveUsage('count=2,bytes=10', 1, -4)).toBe('count=3,bytes=6');
    expect(moveUsage('count=2,bytes=10=;countHardLimit=7;byteHardLimit=9', 1, 0)).toBe(
      'count=3,bytes=10=;byteHardLimit=9;countHardLimit=7',
    );
    expect(moveUsage('', 1, 5)).toBe('count=0,bytes=4');
  });

  it('has -1 for what it does not say', () => {
    expect(parseUsage('count=3')).toEqual({ count: 3, bytes: -1 });
    expect(parseLimits('bytes=5;countHardLimit=;byteHardLimit=x')).toEqual({
      count: -1,
      bytes: 5,
      countHard: -1,
      bytesHard: -1,
    });
  });
});
