// setWatches in several steps: each path is judged when it is reached, and no change is lost or told twice.

import { ErrorCode, type ServerId, WatchEventType, WatcherType, Xid, type Zxid } from '@zebu/protocol';
import type { RequestLimits, RequestThrottle } from '@zebu/requests';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SMALL_SLICES } from './support/slices.ts';
import { SELF, type TestClient, TestLeader, type TestServer } from './support/test-server.ts';
import * as wire from './support/wire.ts';

const PATHS = ['/a', '/a/b', '/a/b/c', '/d', '/e'];
const KINDS = [
  'dataWatches',
  'existWatches',
  'childWatches',
  'persistentWatches',
  'persistentRecursiveWatches',
] as const;

const write: fc.Arbitrary<wire.RequestBody> = fc.oneof(
  fc.constantFrom(...PATHS).map((path) => wire.create(path)),
  fc.constantFrom(...PATHS).map((path) => wire.remove(path)),
  fc.constantFrom(...PATHS).map((path) => wire.setData(path, 'changed')),
);
const paths = fc.array(fc.constantFrom(...PATHS, '/'), { maxLength: 8 });
const watches = fc.record(
  Object.fromEntries(KINDS.map((kind) => [kind, paths])) as Record<(typeof KINDS)[number], typeof paths>,
);

const THROTTLE: RequestThrottle = {
  maxRequestCount: 1,
  stallTimeMs: 100,
  dropStale: false,
  staleConnectionCheck: false,
  staleLatencyCheck: false,
  throttledOpWaitTimeMs: Number.POSITIVE_INFINITY,
};

const eventsOf = (replies: readonly wire.Reply[]) =>
  replies
    .filter(({ xid }) => xid === Xid.NOTIFICATION)
    .map((reply) => ({ ...wire.decodeEvent(reply), zxid: reply.zxid }));

/** A client whose watches are set in slices, and one elsewhere that sets each for itself in the moment in which the first one's is reached. */
class Run {
  readonly leader = new TestLeader();
  readonly sliced: TestServer;
  readonly whole: TestServer = this.leader.serve(2 as ServerId);
  readonly client: TestClient;
  readonly #reference: TestClient = this.whole.connect();
  readonly #writer: TestClient = this.whole.connect();
  /** Since the last tick. */
  readonly #reached: wire.RequestBody[] = [];
  readonly reachedPaths: string[] = [];
  /** What the reference was told when it set a watch, and later. */
  readonly told: unknown[] = [];
  readonly fired: unknown[] = [];

  constructor(limits: Partial<RequestLimits> = {}) {
    this.sliced = this.leader.serve(SELF, { slices: SMALL_SLICES, limits });
    this.client = this.sliced.connect();
    this.sliced.sendsInPieces = true;
    const { tree } = this.sliced;
    const setWatches = tree.setWatches.bind(tree);
    tree.setWatches = (relativeZxid, watched, watcher, events) => {
      const lists = [watched.data, watched.exist, watched.child, watched.persistent, watched.persistentRecursive];
      const named = Object.fromEntries(KINDS.map((kind, index) => [kind, lists[index] ?? []]));
      this.reachedPaths.push(...Object.values(named).flat());
      this.#reached.push(wire.setWatches2({ relativeZxid, ...named }));
      setWatches(relativeZxid, watched, watcher, events);
    };
  }

  write(request: wire.RequestBody): void {
    this.#writer.request(request);
    this.leader.commit();
    this.fired.push(...eventsOf(this.#reference.replies()));
  }

  tick(): void {
    this.sliced.step({ type: 'tick', late: false });
    for (const request of this.#reached.splice(0)) this.#reference.request(request);
    this.told.push(...eventsOf(this.#reference.replies()));
  }

  finish(): void {
    while (this.sliced.processor.nextWakeup() !== undefined) this.tick();
  }
}

describe('setWatches in slices', () => {
  it('is what setting each watch by itself would be, whatever is written between', () => {
    fc.assert(
      fc.property(
        fc.array(write, { maxLength: 12 }),
        fc.nat({ max: 20 }),
        watches,
        fc.array(fc.option(write, { nil: undefined }), { maxLength: 60 }),
        (before, relative, lists, between) => {
          const run = new Run();
          for (const request of before) run.write(request);
          const relativeZxid = (run.leader.lastProposedZxid - BigInt(Math.min(relative, before.length))) as Zxid;
          const zxid = run.leader.lastProposedZxid;
          run.client.request(wire.setWatches2({ relativeZxid, ...lists }));
          for (const request of between) {
            if (request === undefined) run.tick();
            else run.write(request);
          }
          run.finish();
          for (const path of PATHS) run.write(wire.create(path));
          for (const path of PATHS) run.write(wire.setData(path, 'again'));
          const replies = run.client.replies();
          const end = replies.findIndex(({ xid }) => xid > 0);
          expect(replies[end]).toMatchObject({ xid: 1, error: ErrorCode.OK, zxid });
          expect(eventsOf(replies.slice(0, end))).toEqual(run.told);
          expect(eventsOf(replies.slice(end))).toEqual(run.fired);
          expect(run.reachedPaths).toEqual(KINDS.flatMap((kind) => lists[kind]));
          expect(run.sliced.tree.watchCount).toBe(run.whole.tree.watchCount);
        },
      ),
      { numRuns: 60, seed: 9 },
    );
  });

  it('tells each change once, of a path that is reached later and of one that was reached before', () => {
    const run = new Run();
    for (const path of ['/a', '/d', '/e']) run.write(wire.create(path));
    const relativeZxid = run.leader.lastProposedZxid;
    run.client.request(wire.setWatches({ relativeZxid, dataWatches: ['/a', '/d', '/e'] }));
    while (run.sliced.tree.watchCount === 0) run.tick();
    for (const path of ['/e', '/a', '/e', '/a']) run.write(wire.setData(path, 'changed'));
    run.finish();
    run.write(wire.setData('/d', 'changed'));
    const { NODE_DATA_CHANGED: type } = WatchEventType;
    const events = eventsOf(run.client.replies());
    expect(events).toMatchObject([
      { type, path: '/e', zxid: -1n },
      { type, path: '/a' },
      { type, path: '/d' },
    ]);
    expect(events[1]?.zxid).toBe(relativeZxid + 2n);
  });

  it('lets others be served between', () => {
    const run = new Run();
    const other = run.sliced.connect();
    run.client.request(wire.setWatches({ existWatches: PATHS }));
    other.request(wire.exists('/'));
    expect(other.reply().error).toBe(ErrorCode.OK);
    expect(run.client.paused).toBe(true);
    run.finish();
    expect(run.client.paused).toBe(false);
    expect(run.client.xids()).toEqual([1]);
  });

  it.each(['at once', 'behind a write'])('is done before what came behind it is begun: %s', (when) => {
    const run = new Run();
    const removal = () => wire.removeWatches(PATHS[4] as string, WatcherType.DATA);
    const earlier = when === 'at once' ? [] : [wire.create('/mine')];
    run.client.request(...earlier, wire.setWatches({ existWatches: PATHS }), removal(), wire.create('/own'));
    run.client.request(removal(), wire.ping());
    run.leader.commit();
    run.finish();
    run.leader.commit();
    const replies = run.client.replies();
    const last = earlier.length + 5;
    expect(replies.filter(({ xid }) => xid > 0).map(({ xid }) => xid)).toEqual(
      Array.from({ length: last - 1 }, (_, i) => i + 1),
    );
    const errors = new Map(replies.map(({ xid, error }) => [xid, error]));
    expect(errors.get(earlier.length + 2)).toBe(ErrorCode.OK);
    expect(errors.get(earlier.length + 4)).toBe(ErrorCode.NOWATCHER);
    expect(run.sliced.tree.watchCount).toBe(PATHS.length - 1);
    expect(run.sliced.processor.outstandingCount).toBe(0);
  });

  it('holds nothing up when it is refused for having waited too long', () => {
    const run = new Run({ throttle: { ...THROTTLE, throttledOpWaitTimeMs: 50 } });
    run.client.request(wire.create('/mine'), wire.setWatches({ existWatches: PATHS }), wire.exists('/'));
    run.sliced.now = 51;
    run.leader.commit();
    run.finish();
    expect(run.client.replies().map(({ xid, error }) => [xid, error])).toEqual([
      [1, ErrorCode.OK],
      [2, ErrorCode.THROTTLEDOP],
      [3, ErrorCode.OK],
    ]);
    expect(run.client.paused).toBe(false);
  });

  it('is answered with an error alone, and holds nothing up, when it turns out to be malformed', () => {
    const run = new Run();
    const { type, payload } = wire.setWatches({ existWatches: PATHS });
    run.client.request({ type, payload: payload.subarray(0, payload.length - 6) }, wire.exists('/'));
    run.finish();
    expect(run.client.replies().map(({ xid, error }) => [xid, error])).toEqual([
      [1, ErrorCode.MARSHALLINGERROR],
      [2, ErrorCode.OK],
    ]);
    expect(run.sliced.tree.watchCount).toBe(0);
  });

  it('ends at a path that is null, as in one step', () => {
    const run = new Run();
    const { type, payload } = wire.setWatches2({ existWatches: PATHS, persistentWatches: ['/d'] });
    const cut = payload.slice();
    // The length of the third path: what follows is read as if it were short by these four bytes, and is none.
    const at = 8 + 4 + 4 + (4 + 2) + (4 + 4);
    new DataView(cut.buffer).setInt32(at, -1);
    const nulled = wire.concat(cut.subarray(0, at + 4), cut.subarray(at + 4 + 6));
    run.client.request({ type, payload: nulled });
    run.finish();
    expect(run.client.reply().error).toBe(ErrorCode.MARSHALLINGERROR);
    expect(run.sliced.tree.watchCount).toBe(2);
  });

  it('leaves no watch of a client that is gone', () => {
    const run = new Run();
    run.client.request(wire.setWatches({ existWatches: PATHS }));
    while (run.sliced.tree.watchCount === 0) run.tick();
    run.client.disconnect();
    run.finish();
    expect(run.sliced.tree.watchCount).toBe(0);
  });

  it('leaves no watch of a session that has ended, and its connection closes behind the answer', () => {
    const run = new Run();
    run.client.request(wire.setWatches({ existWatches: PATHS }));
    while (run.sliced.tree.watchCount === 0) run.tick();
    run.leader.expire(run.client.sessionId, 0);
    run.leader.commit();
    run.finish();
    expect(run.client.xids()).toEqual([1]);
    expect(run.client.closed).toBe(true);
    expect(run.sliced.tree.watchCount).toBe(0);
  });

  it('is given up with the role', () => {
    const run = new Run();
    run.client.request(wire.setWatches({ existWatches: PATHS }), wire.exists('/'));
    run.tick();
    run.sliced.step({ type: 'stop' });
    expect(run.client.closed).toBe(true);
    expect(run.client.replies()).toEqual([]);
    expect(run.sliced.processor.nextWakeup()).toBeUndefined();
  });
});
