// The second port of the quorum transport: the same number on every server, at the address of its quorum port.

import { createServer, type AddressInfo } from 'node:net';
import type { LinkId, QuorumPort, QuorumTransport } from '@zebu/interfaces';
import { type Ensemble, makeZxid, type QuorumPacket, type ServerId, type ServerSpecification } from '@zebu/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { createQuorumTransport, type Listening } from '../src/index.ts';
import { realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';

interface Up {
  readonly link: LinkId;
  readonly peer: ServerId;
  readonly direction: 'outgoing' | 'incoming';
  readonly port: QuorumPort;
}

interface Server {
  readonly transport: QuorumTransport & Listening;
  readonly logger: RecordingLogger;
  readonly ups: Up[];
  readonly downs: { readonly link: LinkId; readonly reason: string }[];
  readonly packets: QuorumPacket[];
  readonly snapshots: number[][];
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Every server at an address of its own, as in an ensemble of several machines. */
function ensembleOf(ports: Readonly<Record<number, number>>): Ensemble {
  const servers = Object.entries(ports).map(([id, port]): [ServerId, ServerSpecification] => {
    const self = serverId(Number(id));
    const address = { host: `127.0.0.${10 + Number(id)}`, port };
    return [self, { id: self, role: 'participant', quorumAddress: address, electionAddress: address }];
  });
  return { version: 0n, servers: new Map(servers) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function started(self: number, ports: Record<number, number>, observerMasterPort?: number): Promise<Server> {
  const logger = new RecordingLogger();
  const transport = createQuorumTransport(
    { self: serverId(self), ensemble: ensembleOf(ports), logger, clock: realClock, random: seededRandom(self) },
    observerMasterPort === undefined ? {} : { observerMasterPort },
  );
  closers.push(() => transport.close());
  const seen: Pick<Server, 'ups' | 'downs' | 'packets' | 'snapshots'> = {
    ups: [],
    downs: [],
    packets: [],
    snapshots: [],
  };
  await transport.start({
    onLinkUp: (link, peer, direction, port) => seen.ups.push({ link, peer, direction, port }),
    onLinkDown: (link, reason) => seen.downs.push({ link, reason }),
    onPackets: (_link, packets) => seen.packets.push(...packets),
    onSnapshot: (_link, chunks) => void bytesOf(chunks).then((bytes) => seen.snapshots.push(bytes)),
  });
  return { transport, logger, ...seen };
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of chunks) bytes.push(...chunk);
  return bytes;
}

const commitOf = (counter: number): QuorumPacket => ({ type: 'COMMIT', zxid: makeZxid(1 as never, counter) });

describe('the port of an observer master', () => {
  it('takes links of its own, with packets both ways and snapshots', async () => {
    const port = await freePort();
    const follower = await started(2, { 1: 9, 2: 0 }, port);
    const observer = await started(1, { 1: 0, 2: 9 }, port);
    const link = observer.transport.connect(serverId(2), 'observerMaster');
    await until(() => observer.ups.length === 1 && follower.ups.length === 1, 'the link is up');
    expect(observer.ups).toEqual([{ link, peer: 2, direction: 'outgoing', port: 'observerMaster' }]);
    const [accepted] = follower.ups as [Up];
    expect(accepted).toMatchObject({ peer: 1, direction: 'incoming', port: 'observerMaster' });
    observer.transport.send(link, [commitOf(1)]);
    follower.transport.send(accepted.link, [commitOf(2)]);
    await follower.transport.sendSnapshot(
      accepted.link,
      (async function* () {
        yield new Uint8Array([1, 2, 3]);
      })(),
    );
    await until(() => observer.snapshots.length === 1 && follower.packets.length === 1, 'all has arrived');
    expect(observer.snapshots).toEqual([[1, 2, 3]]);
    expect(observer.packets).toEqual([commitOf(2)]);
    expect(follower.packets).toEqual([commitOf(1)]);
  });

  it('is neither listened on nor dialled where none is configured', async () => {
    const port = await freePort();
    await started(2, { 1: 9, 2: 0 });
    const without = await started(1, { 1: 0, 2: 9 });
    const undialled = without.transport.connect(serverId(2), 'observerMaster');
    await until(() => without.downs.length === 1, 'the connect has failed');
    expect(without.downs).toEqual([
      { link: undialled, reason: 'server 2 has no observerMaster port in the server list' },
    ]);
    const observer = await started(3, { 2: 9, 3: 0 }, port);
    const refused = observer.transport.connect(serverId(2), 'observerMaster');
    await until(() => observer.downs.length === 1, 'the connect has failed');
    expect(observer.downs[0]).toMatchObject({ link: refused, reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('refuses whoever means the quorum port', async () => {
    const port = await freePort();
    const follower = await started(2, { 1: 9, 2: 0 }, port);
    const confused = await started(1, { 1: 0, 2: port });
    confused.transport.connect(serverId(2));
    await until(() => confused.downs.length === 1, 'the connect has failed');
    expect(confused.downs[0]?.reason).toContain('quorum connection on the observerMaster port');
    expect(follower.ups).toEqual([]);
  });

  it('moves with the address of its server', async () => {
    const port = await freePort();
    const follower = await started(2, { 1: 9, 2: 0 }, port);
    const moved = { ...ensembleOf({ 1: 9, 2: 0 }) };
    const servers = new Map(moved.servers);
    const address = { host: '127.0.0.99', port: 0 };
    servers.set(serverId(2), { ...(servers.get(serverId(2)) as ServerSpecification), quorumAddress: address });
    follower.transport.setEnsemble({ ...moved, servers });
    const observer = await started(1, { 1: 0, 2: 9 }, port);
    observer.transport.setEnsemble({ ...moved, servers });
    let dialled: LinkId | undefined;
    await until(() => {
      const isDown = dialled === undefined || observer.downs.some(({ link }) => link === dialled);
      if (isDown) dialled = observer.transport.connect(serverId(2), 'observerMaster');
      return observer.ups.length > 0;
    }, 'the observer has found it');
    expect(follower.ups[0]).toMatchObject({ peer: 1, port: 'observerMaster' });
  });
});
