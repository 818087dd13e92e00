import { JuteWriter } from '@zebu/jute';
import { ErrorCode, NO_ZXID, WatchEventType as Event, type Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { DataTree, type WatchEventSink, type WatcherId } from '../src/index.ts';
import { bytesOf, createdBy, TxnSource } from './support/txns.ts';
import { PATIENT } from './support/patience.ts';

const ONE = 1 as WatcherId;
const TWO = 2 as WatcherId;

class Scene {
  readonly tree = new DataTree();
  readonly source = new TxnSource();
  readonly out = new JuteWriter();
  #events: unknown[] = [];
  readonly sink: WatchEventSink = {
    onWatchEvent: (watcher, type, path, zxid) => this.#events.push([watcher, type, path, zxid]),
  };

  constructor(...paths: string[]) {
    for (const path of paths) this.apply(this.source.create(path));
  }

  /** The events of the txn, without their zxid, which must be the txn's. */
  apply(txn: Uint8Array): unknown[] {
    this.tree.apply(txn, this.sink);
    return this.takeEvents(this.source.zxid);
  }

  takeEvents(zxid: bigint): unknown[] {
    const events = this.#events as unknown[][];
    this.#events = [];
    for (const event of events) expect(event[3]).toBe(zxid);
    return events.map((event) => event.slice(0, 3));
  }
}

describe('one-shot watches', PATIENT, () => {
  it('on data hear of setData once', () => {
    const scene = new Scene('/a');
    scene.tree.getData('/a', scene.out, ONE);
    expect(scene.tree.watchCount).toBe(1);
    expect(scene.apply(scene.source.setData('/a', null, 1))).toEqual([[ONE, Event.NODE_DATA_CHANGED, '/a']]);
    expect(scene.tree.watchCount).toBe(0);
    expect(scene.apply(scene.source.setData('/a', null, 2))).toEqual([]);
  });

  it('left by exists on a missing znode hear of its creation, those of getChildren on the parent too', () => {
    const scene = new Scene('/a');
    expect(scene.tree.exists('/a/b', scene.out, ONE)).toBe(ErrorCode.NONODE);
    scene.tree.getChildren('/a', scene.out, TWO);
    expect(scene.apply(scene.source.create('/a/b'))).toEqual([
      [ONE, Event.NODE_CREATED, '/a/b'],
      [TWO, Event.NODE_CHILDREN_CHANGED, '/a'],
    ]);
  });

  it('are left by getData and getChildren on a znode that exists only', () => {
    const scene = new Scene();
    expect(scene.tree.getData('/a', scene.out, ONE)).toBe(ErrorCode.NONODE);
    expect(scene.tree.getChildren('/a', scene.out, ONE)).toBe(ErrorCode.NONODE);
    expect(scene.tree.getChildren2('/a', scene.out, ONE)).toBe(ErrorCode.NONODE);
    expect(scene.out.length).toBe(0);
    expect(scene.tree.watchCount).toBe(0);
  });

  it('on data and children of one znode tell one watcher of its deletion once', () => {
    const scene = new Scene('/a');
    scene.tree.getData('/a', scene.out, ONE);
    scene.tree.getChildren('/a', scene.out, ONE);
    scene.tree.getChildren2('/a', scene.out, TWO);
    scene.tree.getChildren('/', scene.out, TWO);
    expect(scene.tree.watchCount).toBe(4);
    expect(scene.apply(scene.source.delete('/a'))).toEqual([
      [ONE, Event.NODE_DELETED, '/a'],
      [TWO, Event.NODE_DELETED, '/a'],
      [TWO, Event.NODE_CHILDREN_CHANGED, '/'],
    ]);
    expect(scene.tree.watchCount).toBe(0);
  });

  it('are one however often they are left', () => {
    const scene = new Scene('/a');
    for (let i = 0; i < 3; i++) scene.tree.getData('/a', scene.out, ONE);
    scene.tree.exists('/a', scene.out, ONE);
    expect(scene.tree.watchCount).toBe(1);
  });

  it('on children hear nothing of data, of grandchildren or of an ACL', () => {
    const scene = new Scene('/a', '/a/b');
    scene.tree.getChildren('/a', scene.out, ONE);
    expect(scene.apply(scene.source.setData('/a', null, 1))).toEqual([]);
    expect(scene.apply(scene.source.create('/a/b/c'))).toEqual([]);
    expect(scene.apply(scene.source.setAcl('/a', [], 1))).toEqual([]);
  });

  it('hear of every part of a multi, and of nothing that failed', () => {
    const scene = new Scene('/a');
    scene.tree.getData('/a', scene.out, ONE);
    scene.tree.getChildren('/', scene.out, ONE);
    expect(scene.apply(scene.source.create('/a'))).toEqual([]);
    expect(
      scene.apply(
        scene.source.multi([
          { type: 'setData', path: '/a', data: null, version: 1 },
          { type: 'create', ...createdBy('/b'), ephemeral: false },
        ]),
      ),
    ).toEqual([
      [ONE, Event.NODE_DATA_CHANGED, '/a'],
      [ONE, Event.NODE_CHILDREN_CHANGED, '/'],
    ]);
  });

  it('hear of ephemerals that go with their session', () => {
    const scene = new Scene();
    scene.apply(scene.source.create('/e', { session: 5n, ephemeral: true }));
    scene.tree.exists('/e', scene.out, ONE);
    scene.tree.getChildren('/', scene.out, ONE);
    expect(scene.apply(scene.source.closeSession(5n, ['/e']))).toEqual([
      [ONE, Event.NODE_DELETED, '/e'],
      [ONE, Event.NODE_CHILDREN_CHANGED, '/'],
    ]);
  });

  it('of a watcher that is gone are gone, others stay', () => {
    const scene = new Scene('/a', '/b');
    for (const watcher of [ONE, TWO]) {
      for (const path of ['/a', '/b', '/c']) scene.tree.exists(path, scene.out, watcher);
      scene.tree.getChildren('/a', scene.out, watcher);
    }
    scene.tree.removeWatcher(ONE);
    scene.tree.removeWatcher(ONE);
    expect(scene.tree.watchCount).toBe(4);
    expect(scene.apply(scene.source.setData('/a', null, 1))).toEqual([[TWO, Event.NODE_DATA_CHANGED, '/a']]);
  });
});

describe('setWatches', PATIENT, () => {
  it('tells at once what changed after the zxid, and watches the rest', () => {
    const scene = new Scene('/old', '/data', '/children');
    const seen = scene.source.zxid as Zxid;
    scene.apply(scene.source.setData('/data', bytesOf('x'), 1));
    scene.apply(scene.source.create('/children/c'));
    const paths = {
      data: ['/old', '/data', '/gone'],
      exist: ['/old', '/absent'],
      child: ['/old', '/children', '/gone'],
    };
    scene.tree.setWatches(seen, paths, ONE, scene.sink);
    expect(scene.takeEvents(NO_ZXID)).toEqual([
      [ONE, Event.NODE_DATA_CHANGED, '/data'],
      [ONE, Event.NODE_DELETED, '/gone'],
      [ONE, Event.NODE_CREATED, '/old'],
      [ONE, Event.NODE_CHILDREN_CHANGED, '/children'],
      [ONE, Event.NODE_DELETED, '/gone'],
    ]);
    expect(scene.tree.watchCount).toBe(3);
    expect(scene.apply(scene.source.create('/absent'))).toEqual([[ONE, Event.NODE_CREATED, '/absent']]);
    expect(scene.apply(scene.source.delete('/old'))).toEqual([[ONE, Event.NODE_DELETED, '/old']]);
    expect(scene.tree.watchCount).toBe(0);
  });

  it('takes a change at the zxid itself for seen', () => {
    const scene = new Scene('/a');
    scene.tree.setWatches(scene.source.zxid as Zxid, { data: ['/a'], exist: [], child: ['/a'] }, ONE, scene.sink);
    expect(scene.takeEvents(NO_ZXID)).toEqual([]);
    expect(scene.tree.watchCount).toBe(2);
  });
});
