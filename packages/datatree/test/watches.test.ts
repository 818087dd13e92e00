import { JuteWriter } from '@zebu/jute';
import {
  type Acl,
  AddWatchMode,
  ErrorCode,
  NO_ZXID,
  Permission,
  WatchEventType as Event,
  WatcherType,
  ZERO_ZXID,
  type Zxid,
} from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { DataTree, type WatchEventSink, type WatcherId } from '../src/index.ts';
import { bytesOf, createdBy, TxnSource } from './support/txns.ts';
import { PATIENT } from './support/patience.ts';

const ONE = 1 as WatcherId;
const TWO = 2 as WatcherId;
const THREE = 3 as WatcherId;

class Scene {
  readonly tree = new DataTree();
  readonly source = new TxnSource();
  readonly out = new JuteWriter();
  #events: unknown[] = [];
  /** The ACL of each event since the last look. */
  readonly acls: unknown[] = [];
  readonly sink: WatchEventSink = {
    onWatchEvent: (watcher, type, path, zxid, acl) => {
      this.#events.push([watcher, type, path, zxid]);
      this.acls.push(acl);
    },
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

describe('persistent watches', PATIENT, () => {
  const watched = (mode: AddWatchMode, path: string, ...paths: string[]): Scene => {
    const scene = new Scene(...paths);
    scene.tree.addWatch(path, mode, ONE);
    return scene;
  };

  it('hear of a znode and of its children for as long as they are there, also before the znode is', () => {
    const scene = watched(AddWatchMode.PERSISTENT, '/a');
    expect(scene.tree.watchCount).toBe(2);
    for (let round = 0; round < 2; round++) {
      expect(scene.apply(scene.source.create('/a'))).toEqual([[ONE, Event.NODE_CREATED, '/a']]);
      expect(scene.apply(scene.source.setData('/a', null, 1))).toEqual([[ONE, Event.NODE_DATA_CHANGED, '/a']]);
      expect(scene.apply(scene.source.create('/a/b'))).toEqual([[ONE, Event.NODE_CHILDREN_CHANGED, '/a']]);
      expect(scene.apply(scene.source.create('/a/b/c'))).toEqual([]);
      expect(scene.apply(scene.source.delete('/a/b/c'))).toEqual([]);
      expect(scene.apply(scene.source.delete('/a/b'))).toEqual([[ONE, Event.NODE_CHILDREN_CHANGED, '/a']]);
      expect(scene.apply(scene.source.delete('/a'))).toEqual([[ONE, Event.NODE_DELETED, '/a']]);
    }
  });

  it('that are recursive hear of all below, and never of children', () => {
    const scene = watched(AddWatchMode.PERSISTENT_RECURSIVE, '/a', '/ab');
    expect(scene.tree.watchCount).toBe(1);
    expect(scene.apply(scene.source.create('/a'))).toEqual([[ONE, Event.NODE_CREATED, '/a']]);
    expect(scene.apply(scene.source.create('/a/b'))).toEqual([[ONE, Event.NODE_CREATED, '/a/b']]);
    expect(scene.apply(scene.source.create('/a/b/c'))).toEqual([[ONE, Event.NODE_CREATED, '/a/b/c']]);
    expect(scene.apply(scene.source.setData('/a/b/c', null, 1))).toEqual([[ONE, Event.NODE_DATA_CHANGED, '/a/b/c']]);
    expect(scene.apply(scene.source.delete('/a/b/c'))).toEqual([[ONE, Event.NODE_DELETED, '/a/b/c']]);
    expect(scene.apply(scene.source.create('/ab/c'))).toEqual([]);
    expect(scene.apply(scene.source.setData('/ab', null, 1))).toEqual([]);
  });

  it('on the root hear of everything', () => {
    const scene = watched(AddWatchMode.PERSISTENT_RECURSIVE, '/');
    expect(scene.apply(scene.source.create('/a'))).toEqual([[ONE, Event.NODE_CREATED, '/a']]);
    expect(scene.apply(scene.source.setData('/', null, 1))).toEqual([[ONE, Event.NODE_DATA_CHANGED, '/']]);
    expect(scene.apply(scene.source.setData('/zookeeper/quota', null, 1))).toEqual([
      [ONE, Event.NODE_DATA_CHANGED, '/zookeeper/quota'],
    ]);
  });

  it('tell a watcher once, whatever watches it has over a path', () => {
    const scene = new Scene('/a', '/a/b');
    for (const path of ['/', '/a', '/a/b']) scene.tree.addWatch(path, AddWatchMode.PERSISTENT_RECURSIVE, ONE);
    scene.tree.addWatch('/a/b', AddWatchMode.PERSISTENT, ONE);
    scene.tree.getData('/a/b', scene.out, ONE);
    scene.tree.getChildren('/a/b', scene.out, ONE);
    scene.tree.addWatch('/a', AddWatchMode.PERSISTENT_RECURSIVE, TWO);
    expect(scene.apply(scene.source.setData('/a/b', null, 1))).toEqual([
      [ONE, Event.NODE_DATA_CHANGED, '/a/b'],
      [TWO, Event.NODE_DATA_CHANGED, '/a/b'],
    ]);
    expect(scene.apply(scene.source.delete('/a/b'))).toEqual([
      [ONE, Event.NODE_DELETED, '/a/b'],
      [TWO, Event.NODE_DELETED, '/a/b'],
    ]);
  });

  it('stay when a one-shot watch beside them ends, and hear of it no more than once', () => {
    const scene = watched(AddWatchMode.PERSISTENT, '/a', '/a');
    scene.tree.getData('/a', scene.out, ONE);
    expect(scene.tree.watchCount).toBe(2);
    for (const version of [1, 2]) {
      expect(scene.apply(scene.source.setData('/a', null, version))).toEqual([[ONE, Event.NODE_DATA_CHANGED, '/a']]);
    }
    expect(scene.tree.hasWatch('/a', WatcherType.DATA, ONE)).toBe(false);
    expect(scene.tree.hasWatch('/a', WatcherType.PERSISTENT, ONE)).toBe(true);
  });
});

describe('hasWatch and removeWatch', PATIENT, () => {
  const TYPES = Object.values(WatcherType);
  const found = (scene: Scene): WatcherType[] => TYPES.filter((type) => scene.tree.hasWatch('/a', type, ONE));
  const full = (): Scene => {
    const scene = new Scene('/a');
    scene.tree.getData('/a', scene.out, ONE);
    scene.tree.getChildren('/a', scene.out, ONE);
    scene.tree.addWatch('/a', AddWatchMode.PERSISTENT, ONE);
    scene.tree.addWatch('/a', AddWatchMode.PERSISTENT_RECURSIVE, ONE);
    return scene;
  };

  it.each([
    [WatcherType.CHILDREN, [2, 3, 4, 5]],
    [WatcherType.DATA, [1, 3, 4, 5]],
    [WatcherType.PERSISTENT, [1, 2, 3, 5]],
    [WatcherType.PERSISTENT_RECURSIVE, [1, 2, 3, 4]],
    [WatcherType.ANY, []],
  ] as const)('type %d takes its own and leaves the others', (type, left) => {
    const scene = full();
    expect(found(scene)).toHaveLength(5);
    expect(scene.tree.removeWatch('/a', type, TWO)).toBe(false);
    expect(scene.tree.removeWatch('/b', type, ONE)).toBe(false);
    expect(scene.tree.removeWatch('/a', type, ONE)).toBe(true);
    expect(found(scene).toSorted((a, b) => a - b)).toEqual(left);
    expect(scene.tree.removeWatch('/a', type, ONE)).toBe(false);
  });

  it('take the walk to the root away with the last recursive watch', () => {
    const scene = full();
    scene.tree.removeWatch('/a', WatcherType.PERSISTENT_RECURSIVE, ONE);
    expect(scene.apply(scene.source.create('/a/b'))).toEqual([[ONE, Event.NODE_CHILDREN_CHANGED, '/a']]);
  });
});

describe('the ACL of an event', PATIENT, () => {
  const acl = (permissions: number, scheme = 'digest', id = 'u:h'): Acl[] => [{ permissions, scheme, id }];
  const SECRET = acl(Permission.ALL);

  it('is the ACL of the znode that the event names, when not everybody may read it', () => {
    const scene = new Scene();
    scene.apply(scene.source.create('/p', { acl: SECRET }));
    scene.tree.addWatch('/p', AddWatchMode.PERSISTENT, ONE);
    scene.tree.addWatch('/p/c', AddWatchMode.PERSISTENT, ONE);
    scene.apply(scene.source.create('/p/c'));
    expect(scene.acls.splice(0)).toEqual([undefined, SECRET]);
    scene.apply(scene.source.setAcl('/p/c', SECRET, 1));
    scene.apply(scene.source.setData('/p/c', null, 1));
    expect(scene.acls.splice(0)).toEqual([SECRET]);
    scene.apply(scene.source.setAcl('/p', acl(Permission.READ, 'world', 'anyone'), 1));
    scene.apply(scene.source.delete('/p/c'));
    expect(scene.acls.splice(0)).toEqual([SECRET, undefined]);
  });

  it.each([
    ['of which the world may only write', acl(Permission.ALL & ~Permission.READ, 'world', 'anyone'), false],
    ['that is open', [...SECRET, ...acl(Permission.READ, 'world', 'anyone')], true],
    ['that is empty', [], true],
  ] as const)('of a znode %s', (_, list, isOpen) => {
    const scene = new Scene();
    scene.tree.addWatch('/p', AddWatchMode.PERSISTENT, ONE);
    scene.apply(scene.source.create('/p', { acl: list }));
    expect(scene.acls).toEqual([isOpen ? undefined : list]);
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

  it('leaves persistent watches without telling anything', () => {
    const scene = new Scene('/a');
    const paths = { data: [], exist: [], child: [], persistent: ['/a', '/p'], persistentRecursive: ['/r'] };
    scene.tree.setWatches(ZERO_ZXID, paths, ONE, scene.sink);
    expect(scene.takeEvents(NO_ZXID)).toEqual([]);
    expect(scene.tree.hasWatch('/p', WatcherType.PERSISTENT, ONE)).toBe(true);
    expect(scene.tree.hasWatch('/r', WatcherType.PERSISTENT_RECURSIVE, ONE)).toBe(true);
    expect(scene.tree.watchCount).toBe(5);
  });
});

describe('the listings of watches', PATIENT, () => {
  it('show data watches only, as wchs, wchp and wchc do', () => {
    const scene = new Scene('/a', '/b');
    scene.tree.getData('/a', scene.out, ONE);
    scene.tree.addWatch('/b', AddWatchMode.PERSISTENT, ONE);
    scene.tree.addWatch('/a', AddWatchMode.PERSISTENT_RECURSIVE, TWO);
    scene.tree.getChildren('/a', scene.out, THREE);
    expect(scene.tree.watchSummary()).toEqual({ connections: 2, paths: 2, watches: 3 });
    expect(
      Array.from(scene.tree.watchesByPath(), ({ path, watchers }) => [path, [...watchers].toSorted((a, b) => a - b)]),
    ).toEqual([
      ['/a', [ONE, TWO]],
      ['/b', [ONE]],
    ]);
    const byWatcher = Array.from(scene.tree.watchesByWatcher(), ({ watcher, paths }) => [
      watcher,
      [...paths].toSorted(),
    ]);
    expect(byWatcher).toEqual([
      [ONE, ['/a', '/b']],
      [TWO, ['/a']],
    ]);
  });

  it('go on counting a connection whose watches have fired, until it removes its last or is gone', () => {
    const scene = new Scene('/a');
    for (const watcher of [ONE, TWO]) scene.tree.getData('/a', scene.out, watcher);
    scene.apply(scene.source.setData('/a', null, 1));
    expect(scene.tree.watchSummary()).toEqual({ connections: 2, paths: 0, watches: 0 });
    expect(Array.from(scene.tree.watchesByWatcher(), ({ paths }) => [...paths])).toEqual([[], []]);
    scene.tree.getData('/a', scene.out, ONE);
    scene.tree.removeWatch('/a', WatcherType.DATA, ONE);
    expect(scene.tree.watchSummary().connections).toBe(1);
    scene.tree.removeWatcher(TWO);
    expect(scene.tree.watchSummary()).toEqual({ connections: 0, paths: 0, watches: 0 });
  });

  it('may be read on while the tree changes', () => {
    const scene = new Scene('/a', '/b', '/c');
    for (const path of ['/a', '/b', '/c']) scene.tree.getData(path, scene.out, ONE);
    const listing = scene.tree.watchesByPath()[Symbol.iterator]();
    expect(listing.next().value?.path).toBe('/a');
    scene.apply(scene.source.setData('/b', null, 1));
    scene.tree.getData('/a', scene.out, TWO);
    const rest = listing.next().value;
    expect([rest?.path, [...(rest?.watchers ?? [])]]).toEqual(['/c', [ONE]]);
    expect(listing.next().done).toBe(true);
  });
});
