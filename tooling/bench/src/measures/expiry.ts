// Thousands of sessions that fall silent at once, each with an ephemeral that another of them watches, on an ensemble of three: from the tick in
// which their time is up until they are gone from every server.

import type { ConnectionId } from '@zebu/interfaces';
import { CreateMode } from '@zebu/protocol';
import { BenchEnsemble, type BenchNode, TICK_MS } from '../bench-ensemble.ts';
import { connectFrame } from '../connect-frame.ts';
import { Frames } from '../frames.ts';
import type { Figure, Measure, MeasureContext } from '../measure.ts';

const SESSIONS = 10_000;
const MANY_SESSIONS = 100_000;
const TIMEOUT_MS = 10 * TICK_MS;
/** Connections made between two passes of time, as a rush would bring them. */
const BATCH = 500;
const PATH = (n: number): string => `/workers/worker-${n}`;

function expire({ scale, progress }: MeasureContext, fullCount: number): Figure[] {
  const sessionCount = Math.max(3, Math.round(fullCount * scale));
  const ensemble = new BenchEnsemble(3);
  connectAll(ensemble, sessionCount);
  const { sessionCount: before } = ensemble.leader.peer.view();
  if (before !== sessionCount) throw new Error(`${before} sessions were created`);
  progress(`${sessionCount} sessions, each with an ephemeral and a watch`);
  ensemble.startMeasuring();
  const start = performance.now();
  for (let waitedMs = 0; waitedMs <= TIMEOUT_MS + 2 * TICK_MS; waitedMs += TICK_MS / 2) ensemble.pass(TICK_MS / 2);
  const elapsedMs = performance.now() - start;
  for (const { peer } of ensemble.nodes) {
    const { sessionCount: left, ephemeralsCount, connectionCount } = peer.view();
    if (left + ephemeralsCount + connectionCount > 0) throw new Error(`${left} sessions did not expire`);
  }
  return figures(ensemble, sessionCount, elapsedMs);
}

function figures(ensemble: BenchEnsemble, sessionCount: number, elapsedMs: number): Figure[] {
  const [leader, follower] = [ensemble.leader, ensemble.followers[0] as BenchNode];
  return [
    { name: `${sessionCount} sessions, three servers on one processor`, value: elapsedMs, unit: 'ms' },
    { name: 'leader: work', value: leader.slices.totalMs, unit: 'ms' },
    ...leader.slices.figures('leader'),
    { name: 'follower: work', value: follower.slices.totalMs, unit: 'ms' },
    ...follower.slices.figures('follower'),
  ];
}

function connectAll(ensemble: BenchEnsemble, count: number): void {
  const frames = new Frames();
  for (let n = 0; n < count; n++) {
    const node = ensemble.nodes[n % ensemble.nodes.length] as BenchNode;
    const connection = (n + 1) as ConnectionId;
    const remoteAddress = `10.0.${n >> 8}.${n & 255}:5000`;
    ensemble.post(node, { type: 'clientConnected', connection, remoteAddress, identities: [] });
    ensemble.post(node, { type: 'clientFrames', connection, frames: connectFrame(TIMEOUT_MS) });
    if (n === 0) frames.create('/workers');
    frames.create(PATH(n), CreateMode.EPHEMERAL).existsWatched(PATH((n + 1) % count));
    ensemble.post(node, { type: 'clientFrames', connection, frames: frames.take() });
    if (n % BATCH === 0) ensemble.pass(1);
  }
  ensemble.pass(1);
}

export const expiry: Measure = {
  name: 'expiry',
  title: '10,000 sessions that expire in one tick, with an ephemeral and a watch each',
  run: (context) => expire(context, SESSIONS),
};

export const manyExpiries: Measure = {
  name: 'expiry-many',
  title: '100,000 sessions that expire in one tick, with an ephemeral and a watch each',
  run: (context) => expire(context, MANY_SESSIONS),
};
