import { DataTree } from '@zebu/datatree';
import { encodeTxn, encodeTxnDigest, JuteReader, JuteWriter, type Txn } from '@zebu/jute';
import {
  CreateMode,
  ErrorCode,
  type ForwardedRequest,
  NO_SESSION,
  OPEN_ACL_UNSAFE,
  OpCode,
  type Zxid,
} from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type ContainerOptions, ContainerManager } from '../src/container-manager.ts';
import { FakeEnsemble } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

const OPTIONS: ContainerOptions = { checkIntervalMs: 60_000, maxPerMinute: 10_000, maxNeverUsedMs: 300_000 };
const DAY_MS = 86_400_000;

class Setup {
  readonly tree = new DataTree();
  readonly manager: ContainerManager;
  now = 0;
  #zxid = 0n;

  constructor(options: Partial<ContainerOptions> = {}) {
    this.manager = new ContainerManager(this.tree, { ...OPTIONS, ...options }, this.now);
  }

  apply(type: number, txn: Txn): void {
    const writer = new JuteWriter();
    const zxid = ++this.#zxid as Zxid;
    encodeTxn(writer, { sessionId: NO_SESSION, cxid: 0, zxid, time: this.now, type }, txn);
    encodeTxnDigest(writer, 0, 0n);
    expect(this.tree.apply(writer.take(), { onWatchEvent: () => undefined }).error).toBe(ErrorCode.OK);
  }

  create(path: string, kind: 'container' | { readonly ttlMs: number } | 'persistent'): void {
    const created = { path, data: null, acl: OPEN_ACL_UNSAFE, parentCVersion: -1 };
    if (kind === 'container') this.apply(OpCode.CREATE_CONTAINER, { type: 'createContainer', ...created });
    else if (kind === 'persistent') this.apply(OpCode.CREATE, { type: 'create', ...created, ephemeral: false });
    else this.apply(OpCode.CREATE_TTL, { type: 'createTTL', ...created, ...kind });
  }

  delete(path: string): void {
    this.apply(OpCode.DELETE, { type: 'delete', path });
  }

  /** Time passes, as the manager wishes to be woken; what it asks for, and when. */
  until(time: number): { readonly at: number; readonly path: string }[] {
    const asked: { at: number; path: string }[] = [];
    while (this.manager.nextWakeup() <= time) {
      this.now = Math.max(this.now, this.manager.nextWakeup());
      for (const request of this.manager.due({ time: this.now, wallClock: this.now })) {
        const path = pathOf(request);
        asked.push({ at: this.now, path });
        this.delete(path);
      }
    }
    this.now = time;
    return asked;
  }
}

function pathOf({ sessionId, type, payload }: ForwardedRequest): string {
  expect([sessionId, type]).toEqual([NO_SESSION, OpCode.DELETE_CONTAINER]);
  return new JuteReader(payload).readString() as string;
}

describe('the container manager', () => {
  it('asks for a container once its children are gone, and for no other', () => {
    const setup = new Setup();
    setup.create('/used', 'container');
    setup.create('/used/child', 'persistent');
    setup.create('/empty', 'container');
    setup.create('/plain', 'persistent');
    expect(setup.until(60_000)).toEqual([]);
    setup.delete('/used/child');
    expect(setup.until(119_999)).toEqual([]);
    expect(setup.until(120_000)).toEqual([{ at: 120_000, path: '/used' }]);
    expect(setup.until(180_000)).toEqual([]);
  });

  it('a container that never had a child goes after maxNeverUsedMs, or never', () => {
    for (const [maxNeverUsedMs, expected] of [
      [300_000, [{ at: 360_000, path: '/empty' }]],
      [0, []],
    ] as const) {
      const setup = new Setup({ maxNeverUsedMs });
      setup.create('/empty', 'container');
      expect(setup.until(DAY_MS / 24)).toEqual(expected);
    }
  });

  it('a TTL znode goes when its data has not been written for longer than its TTL, and it has no children', () => {
    const setup = new Setup();
    setup.create('/short', { ttlMs: 1 });
    setup.create('/written', { ttlMs: 59_999 });
    setup.create('/parent', { ttlMs: 1 });
    setup.create('/parent/child', { ttlMs: DAY_MS });
    setup.until(59_999);
    setup.apply(OpCode.SET_DATA, { type: 'setData', path: '/written', data: null, version: 1 });
    expect(setup.until(60_000)).toEqual([{ at: 60_000, path: '/short' }]);
    expect(setup.until(120_000)).toEqual([{ at: 120_000, path: '/written' }]);
    expect(setup.until(DAY_MS).map(({ path }) => path)).toEqual([]);
    expect(setup.until(DAY_MS + 120_000).map(({ path }) => path)).toEqual(['/parent/child', '/parent']);
  });

  it('keeps to maxPerMinute, and lets no two batches fall together', () => {
    const setup = new Setup({ maxPerMinute: 1200 });
    for (let n = 0; n < 1500; n++) setup.create(`/t-${n}`, { ttlMs: 1 });
    const asked = setup.until(10 * 60_000);
    expect(asked.length).toBe(1500);
    for (const { at } of asked) {
      const inMinute = asked.filter((other) => other.at >= at && other.at < at + 60_000).length;
      expect(inMinute).toBeLessThanOrEqual(1200);
    }
    expect((asked.at(-1)?.at ?? 0) - (asked[0]?.at ?? 0)).toBe(1499 * 50);
  });

  it('asks for a few at a time, whatever a minute may take', () => {
    const setup = new Setup({ maxPerMinute: 1_000_000_000 });
    for (let n = 0; n < 1000; n++) setup.create(`/t-${n}`, { ttlMs: 1 });
    setup.now = 60_000;
    const batches: number[] = [];
    while (setup.manager.nextWakeup() <= 60_000) {
      batches.push(setup.manager.due({ time: 60_000, wallClock: 60_000 }).length);
    }
    expect(batches).toEqual([256, 256, 256, 232]);
  });

  it('looks at a part of a large tree in a step, and at all of it before the next walk', () => {
    const places: number[] = [];
    const tree: Pick<DataTree, 'containerScan'> = {
      containerScan: (from, count) => {
        places.push(from);
        return { next: from + count < 100_000 ? from + count : undefined, paths: [] };
      },
    };
    const manager = new ContainerManager(tree, OPTIONS, 0);
    for (let time = 0; time <= 120_000; time += 10_000) {
      while (manager.nextWakeup() <= time) manager.due({ time, wallClock: time });
    }
    const walk = [0, 16_384, 32_768, 49_152, 65_536, 81_920, 98_304];
    expect(places).toEqual([...walk, ...walk]);
  });
});

describe.each([
  ['a standalone server', { voters: 1, standalone: true }],
  ['an ensemble of three', { voters: 3 }],
])('in %s', (_, specification) => {
  it('an unused container is deleted everywhere', () => {
    const ensemble = new FakeEnsemble({ ...specification, containers: { ...OPTIONS, checkIntervalMs: 1000 } });
    ensemble.start();
    const ids = [...ensemble.servers.keys()];
    ensemble.run({ until: () => ids.every((id) => ensemble.peer(id).serving) });
    const client = new TestClient(ensemble, ids.at(-1) as number);
    client.connect();
    client.await(client.createContainer('/c'));
    client.await(client.create('/c/e', '', CreateMode.EPHEMERAL));
    ensemble.run({ limitMs: 1500 });
    expect(client.await(client.getData('/c')).error).toBe(ErrorCode.OK);
    client.await(client.delete('/c/e'));
    ensemble.run({ limitMs: 1500 });
    for (const id of ids) {
      const reader = new TestClient(ensemble, id);
      reader.connect();
      expect(reader.await(reader.getData('/c')).error).toBe(ErrorCode.NONODE);
    }
  });
});
