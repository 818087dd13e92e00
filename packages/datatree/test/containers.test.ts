// Containers and TTL znodes: how their owners are stored, and when they are to go (ContainerManager, EphemeralType).

import { decodeExistsResponse, JuteReader, JuteWriter } from '@zebu/jute';
import { describe, expect, it } from 'vitest';
import { DataTree, SnapshotRestorer } from '../src/index.ts';
import { collectable } from './support/dump.ts';
import { takeAll } from './support/snapshots.ts';
import { createdBy, NOBODY, START_TIME, TxnSource } from './support/txns.ts';

const LONG_MIN = -(2n ** 63n);

class Scene {
  tree: DataTree;
  readonly source = new TxnSource();
  readonly emulate353TtlNodes: boolean;

  constructor(emulate353TtlNodes = false) {
    this.emulate353TtlNodes = emulate353TtlNodes;
    this.tree = new DataTree({ emulate353TtlNodes });
  }

  container(path: string): void {
    this.tree.apply(this.source.make({ type: 'createContainer', ...createdBy(path) }), NOBODY);
  }

  ttl(path: string, ttlMs: number): void {
    this.tree.apply(this.source.make({ type: 'createTTL', ...createdBy(path), ttlMs }), NOBODY);
  }

  create(path: string, session?: bigint): void {
    const options = session === undefined ? {} : { session, ephemeral: true };
    this.tree.apply(this.source.create(path, options), NOBODY);
  }

  delete(path: string): void {
    this.tree.apply(this.source.delete(path), NOBODY);
  }

  restart(): void {
    const restorer = new SnapshotRestorer({ emulate353TtlNodes: this.emulate353TtlNodes });
    const cursor = this.tree.openSnapshot();
    restorer.push(takeAll(cursor));
    this.tree = restorer.finish(cursor.zxid);
  }

  shownOwner(path: string): bigint {
    const out = new JuteWriter();
    this.tree.exists(path, out);
    return decodeExistsResponse(new JuteReader(out.take())).stat.ephemeralOwner;
  }
}

describe('the ephemeralOwner', () => {
  it('of a container and of a TTL znode is stored as ZooKeeper encodes it, and shown as 0', () => {
    const scene = new Scene();
    scene.container('/c');
    scene.ttl('/t', 0xff_ffff_ffff);
    for (let round = 0; round < 2; round++) {
      const owners = ['/c', '/t'].map((path) => scene.tree.lookup(path)?.ephemeralOwner);
      expect(owners).toEqual([LONG_MIN, BigInt.asIntN(64, 0xff00_00ff_ffff_ffffn)]);
      expect([scene.shownOwner('/c'), scene.shownOwner('/t')]).toEqual([0n, 0n]);
      expect(['/c', '/t'].map((path) => scene.tree.lookup(path)?.isEphemeral)).toEqual([false, false]);
      scene.restart();
    }
    expect(scene.tree.ephemeralsCount).toBe(0);
  });

  it('that is negative is a session’s, unless TTL znodes of 3.5.3 are to be known', () => {
    const session = BigInt.asIntN(64, 0xc000_0000_0000_03e8n);
    for (const emulate of [false, true]) {
      const scene = new Scene(emulate);
      scene.create('/old', session);
      for (let round = 0; round < 2; round++) {
        expect(scene.tree.lookup('/old')?.isEphemeral).toBe(!emulate);
        expect(scene.shownOwner('/old')).toBe(emulate ? 0n : session);
        expect(scene.tree.ephemeralsCount).toBe(emulate ? 0 : 1);
        expect(collectable(scene.tree, START_TIME + 1001)).toEqual([]);
        expect(collectable(scene.tree, START_TIME + 1002)).toEqual(emulate ? ['/old'] : []);
        scene.restart();
      }
    }
  });
});

describe('containerScan', () => {
  it('finds a container that had a child and has none', () => {
    const scene = new Scene();
    scene.container('/used');
    scene.create('/used/child');
    scene.container('/fresh');
    expect(collectable(scene.tree, START_TIME, 0)).toEqual([]);
    scene.delete('/used/child');
    expect(collectable(scene.tree, START_TIME, 0)).toEqual(['/used']);
    scene.restart();
    expect(collectable(scene.tree, START_TIME, 0)).toEqual(['/used']);
    scene.delete('/used');
    expect(collectable(scene.tree, START_TIME, 0)).toEqual([]);
  });

  it('finds one that was never used only when that is asked for and long enough ago', () => {
    const scene = new Scene();
    scene.container('/fresh');
    const created = scene.source.time;
    expect(collectable(scene.tree, created + 1_000_000, 0)).toEqual([]);
    expect(collectable(scene.tree, created + 500, 500)).toEqual([]);
    expect(collectable(scene.tree, created + 501, 500)).toEqual(['/fresh']);
  });

  it('finds a TTL znode without children when its time since the last change of its data is over', () => {
    const scene = new Scene();
    scene.ttl('/t', 500);
    const created = scene.source.time;
    expect(collectable(scene.tree, created + 500)).toEqual([]);
    expect(collectable(scene.tree, created + 501)).toEqual(['/t']);
    scene.create('/t/child');
    expect(collectable(scene.tree, created + 501)).toEqual([]);
    scene.delete('/t/child');
    scene.tree.apply(scene.source.setData('/t', null, 1, { time: created + 300 }), NOBODY);
    expect(collectable(scene.tree, created + 800)).toEqual([]);
    expect(collectable(scene.tree, created + 801)).toEqual(['/t']);
  });

  it('looks at no more places in a step than it is told, and goes on where it stopped', () => {
    const scene = new Scene();
    for (let i = 0; i < 3000; i++) scene.create(`/plain${i}`);
    for (let i = 0; i < 10; i++) scene.ttl(`/t${i}`, 1);
    for (let i = 0; i < 3000; i++) scene.delete(`/plain${i}`);
    const steps: string[][] = [];
    for (let from: number | undefined = 0; from !== undefined; ) {
      const step = scene.tree.containerScan(from, 1000, { now: START_TIME * 2, maxNeverUsedMs: 0 });
      steps.push([...step.paths]);
      from = step.next;
    }
    expect(steps).toHaveLength(4);
    expect(steps.flat().toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `/t${i}`));
    expect(steps[0]).toEqual([]);
  });
});
