// Servers outside the ensemble on both ports: about to join, gone, or only pretending.

import { afterEach, describe, expect, it } from 'vitest';
import type { Purpose } from '../src/hello.ts';
import { createElectionTransport, createQuorumTransport, type Listening } from '../src/index.ts';
import { DEFAULT_MAX_UNLISTED_SERVERS } from '../src/options.ts';
import { CloseCode } from '../src/refusal.ts';
import { ensembleAt, realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';
import { helloFrame, ScriptedPeer } from './scripted-peer.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Subject {
  readonly purpose: Purpose;
  readonly port: number;
  readonly ups: readonly number[];
  readonly downs: readonly number[];
  readonly logger: RecordingLogger;
}

async function subjectOf(purpose: 'election' | 'quorum'): Promise<Subject> {
  const logger = new RecordingLogger();
  const ensemble = ensembleAt({ 1: 0, 2: 9 });
  const dependencies = { self: serverId(1), ensemble, logger, clock: realClock, random: seededRandom(1) };
  const ups: number[] = [];
  const downs: number[] = [];
  const port = (transport: Listening & { close(): Promise<void> }): number => {
    closers.push(() => transport.close());
    return (transport.listeningAddress as { port: number }).port;
  };
  if (purpose === 'election') {
    const transport = createElectionTransport(dependencies, { backoffMinMs: 60_000, backoffMaxMs: 60_000 });
    await transport.start({
      onNotification: () => {},
      onLinkUp: (peer) => ups.push(peer),
      onLinkDown: (peer) => downs.push(peer),
    });
    return { purpose, port: port(transport), ups, downs, logger };
  }
  const transport = createQuorumTransport(dependencies);
  const peers = new Map<number, number>();
  await transport.start({
    onLinkUp: (link, peer) => {
      peers.set(link, peer);
      ups.push(peer);
    },
    onPackets: () => {},
    onSnapshot: () => {},
    onLinkDown: (link) => downs.push(peers.get(link) as number),
  });
  return { purpose, port: port(transport), ups, downs, logger };
}

async function dial(subject: Subject, from: number, incarnation = 1): Promise<ScriptedPeer> {
  const peer = await ScriptedPeer.dial(subject.port);
  closers.push(() => peer.webSocket.terminate());
  peer.send(helloFrame(from, 1, { purpose: subject.purpose, details: [0, incarnation, 1] }));
  await until(() => peer.frames.length > 0 || peer.closed !== undefined, 'the hello is answered or refused');
  return peer;
}

describe.each(['election', 'quorum'] as const)('on the %s port', (purpose) => {
  it('takes so many at a time, refuses more with a reason, and always has room for its own', async () => {
    const subject = await subjectOf(purpose);
    const strangers = Array.from({ length: DEFAULT_MAX_UNLISTED_SERVERS + 4 }, (_, index) => 100 + index);
    const peers = [];
    for (const id of strangers) peers.push(await dial(subject, id));
    const refused = peers.filter((peer) => peer.closed !== undefined);
    expect(subject.ups).toEqual(strangers.slice(0, DEFAULT_MAX_UNLISTED_SERVERS));
    expect(refused.map((peer) => peer.closed?.code)).toEqual(Array(4).fill(CloseCode.TOO_MANY_UNLISTED));
    expect(refused[0]?.closed?.reason).toContain('16 servers outside its server list');
    expect(subject.logger.warnings.at(-1)).toContain('refused server 119');
    const own = await dial(subject, 2);
    expect(own.closed).toBeUndefined();
    expect(subject.ups.at(-1)).toBe(2);
    expect(subject.downs).toEqual([]);
  });

  it('has room again when one has gone', async () => {
    const subject = await subjectOf(purpose);
    const peers = [];
    for (let id = 0; id < DEFAULT_MAX_UNLISTED_SERVERS; id++) peers.push(await dial(subject, 100 + id));
    peers[3]?.webSocket.terminate();
    await until(() => subject.downs.length > 0, 'it is seen to be gone');
    const next = await dial(subject, 200);
    expect(next.closed).toBeUndefined();
    expect(subject.downs).toEqual([103]);
  });

  it('takes one that comes back in the place that it has', async () => {
    const subject = await subjectOf(purpose);
    for (let id = 0; id < DEFAULT_MAX_UNLISTED_SERVERS; id++) await dial(subject, 100 + id);
    const again = await dial(subject, 100, 2);
    expect(again.closed).toBeUndefined();
  });
});
