// Whatever one client sends, the server does not throw, and another client notices nothing.

import { ErrorCode, OpCode } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

const TYPES = Object.values(OpCode);
const bytes = fc.uint8Array({ maxLength: 60 });
const VALID: readonly wire.RequestBody[] = [
  wire.create('/g', { flags: 1 }),
  wire.create2('/g/h', { flags: 2 }),
  wire.remove('/g'),
  wire.setData('/g', 'garbage'),
  wire.setAcl('/g', [{ permissions: 31, scheme: 'digest', id: 'a:b' }]),
  wire.multi([
    { type: 'create', path: '/m', data: null, acl: [], flags: 0 },
    { type: 'check', path: '/', version: 3 },
  ]),
  wire.getData('/g', true),
  wire.exists('/g', true),
  wire.getChildren('/', true),
  wire.getAcl('/g'),
  wire.sync('/'),
  wire.setWatches({ dataWatches: ['/g', '/x'], childWatches: ['/'] }),
  wire.setWatches2({ existWatches: ['/g'], persistentWatches: ['/'], persistentRecursiveWatches: ['/g', '/x'] }),
  wire.addWatch('/g', 1),
  wire.checkWatches('/g', 3),
  wire.removeWatches('/', 4),
  wire.multiRead([
    { type: 'getData', path: '/g' },
    { type: 'getChildren', path: '/' },
  ]),
  wire.getEphemerals('/'),
  wire.getAllChildrenNumber('/'),
  wire.whoAmI(),
];

/** A valid request with some bytes changed, and perhaps its end cut off. */
const mangled = fc
  .record({
    request: fc.constantFrom(...VALID),
    changes: fc.array(fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }) }), { maxLength: 4 }),
    cut: fc.nat({ max: 10 }),
  })
  .map(({ request, changes, cut }) => {
    const payload = request.payload.slice(0, Math.max(0, request.payload.length - cut));
    for (const { at, byte } of changes) if (payload.length > 0) payload[at % payload.length] = byte;
    return { type: request.type, payload };
  });

const request = fc.oneof(
  mangled,
  fc.record({ type: fc.constantFrom(...TYPES), payload: bytes }),
  fc.record({ type: fc.integer(), payload: bytes }),
);
const framed = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.integer(), request).map(([xid, each]) => wire.requestFrame(xid, each)) },
  { weight: 1, arbitrary: bytes.map(wire.frame) },
  { weight: 1, arbitrary: bytes },
);
const run = fc.array(framed, { minLength: 1, maxLength: 6 }).map((frames) => wire.concat(...frames));

const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), frames: run }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'confirm' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('return' as const, 'leave' as const) }) },
);

/** A busy machine is no failure. */
const PATIENCE_MS = 60_000;

describe('garbage', { timeout: PATIENCE_MS }, () => {
  it('in requests never throws and never touches another session', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        const leader = new TestLeader();
        const server = leader.serve();
        const honest = server.connect();
        honest.request(wire.create('/honest', { data: wire.text('mine'), flags: 1 }));
        leader.commit();
        honest.replies();
        let stranger = server.connect();
        const { sessionId, password } = stranger;
        for (const each of actions) {
          switch (each.kind) {
            case 'send':
              if (!stranger.closed) stranger.send(each.frames);
              break;
            case 'commit':
              leader.commit();
              break;
            case 'confirm':
              server.confirmSyncs();
              break;
            case 'leave':
              if (!stranger.closed) stranger.disconnect();
              break;
            case 'return':
              stranger = server.dial();
              stranger.send(wire.connectFrame({ sessionId, password }));
              server.revalidate();
              break;
          }
        }
        leader.commit();
        server.confirmSyncs();
        leader.commit();
        expect(honest.replies()).toEqual([]);
        honest.request(wire.getData('/honest'), wire.create('/honest-too'));
        leader.commit();
        expect(honest.replies().map(({ xid, error }) => [xid, error])).toEqual([
          [2, ErrorCode.OK],
          [3, ErrorCode.OK],
        ]);
        expect(leader.tree.treeDigest).toBe(server.tree.treeDigest);
        if (!stranger.closed) stranger.disconnect();
        expect(server.processor.outstandingCount).toBe(0);
        expect(server.tree.watchCount).toBe(0);
      }),
      { seed: 20_251_126, numRuns: 150 },
    );
  });

  it('as the first frames never throws', () => {
    const connect = fc.oneof(
      bytes.map(wire.frame),
      bytes,
      fc.tuple(fc.nat({ max: 50 }), fc.nat({ max: 255 })).map(([at, byte]) => {
        const frame = wire.connectFrame({ readOnly: false });
        frame[at] = byte;
        return frame;
      }),
    );
    fc.assert(
      fc.property(fc.array(connect, { minLength: 1, maxLength: 4 }), (frames) => {
        const leader = new TestLeader();
        const server = leader.serve();
        const honest = server.connect();
        const stranger = server.dial();
        for (const each of frames) if (!stranger.closed) stranger.send(each);
        server.revalidate();
        leader.commit();
        honest.request(wire.ping());
        expect(honest.reply().error).toBe(ErrorCode.OK);
      }),
      { seed: 20_251_127, numRuns: 200 },
    );
  });
});
