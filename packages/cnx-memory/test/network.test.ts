// What the in-memory network promises beyond the ports: order and time are the schedule's, faults are the test's, and nothing is shared.

import type { ElectionTransport, LinkId, QuorumTransport, Random } from '@zebu/interfaces';
import {
  type Ensemble,
  makeZxid,
  type Notification,
  type QuorumPacket,
  type ServerId,
  type ServerSpecification,
  type Zxid,
} from '@zebu/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryNetwork, DeliveryPool, type MemoryNetwork } from '../src/index.ts';

const id = (value: number): ServerId => value as ServerId;
const address = { host: 'nowhere', port: 0 };
const specification = (value: number): ServerSpecification => ({
  id: id(value),
  role: 'participant',
  quorumAddress: address,
  electionAddress: address,
});
const ENSEMBLE: Ensemble = { version: 0n, servers: new Map([1, 2, 3].map((each) => [id(each), specification(each)])) };

const notification = (round: number): Notification => ({
  state: 'LOOKING',
  vote: { leader: id(1), zxid: 1n as Zxid, peerEpoch: 1 as never },
  electionEpoch: BigInt(round),
  configVersion: 0n,
});
const commitOf = (counter: number): QuorumPacket => ({ type: 'COMMIT', zxid: makeZxid(1 as never, counter) });
const counterOf = (packet: QuorumPacket): number => (packet.type === 'COMMIT' ? Number(packet.zxid & 0xffffn) : -1);

function seededRandom(seed: number): Random {
  let state = seed;
  return {
    below: (bound) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    },
  };
}

interface Station {
  readonly election: ElectionTransport;
  readonly quorum: QuorumTransport;
  readonly events: string[];
  readonly links: LinkId[];
  readonly notifications: Notification[];
  readonly batches: QuorumPacket[][];
  readonly streams: AsyncIterable<Uint8Array>[];
}

let pool: DeliveryPool;
let network: MemoryNetwork;
beforeEach(() => {
  pool = new DeliveryPool();
  network = createMemoryNetwork({ schedule: pool.schedule });
});

async function station(self: number): Promise<Station> {
  const election = network.electionTransport(id(self), ENSEMBLE);
  const quorum = network.quorumTransport(id(self), ENSEMBLE);
  const seen = { events: [], links: [], notifications: [], batches: [], streams: [] } as unknown as Station;
  await election.start({
    onLinkUp: (peer) => seen.events.push(`up ${peer}`),
    onLinkDown: (peer) => seen.events.push(`down ${peer}`),
    onNotification: (from, received) => {
      seen.events.push(`notification ${from} ${received.electionEpoch}`);
      seen.notifications.push(received);
    },
  });
  await quorum.start({
    onLinkUp: (link, peer) => {
      seen.events.push(`link up ${peer}`);
      seen.links.push(link);
    },
    onLinkDown: (link) => seen.events.push(`link down ${link}`),
    onPackets: (_link, packets) => {
      seen.events.push(`packets ${packets.map(counterOf).join()}`);
      seen.batches.push(packets);
    },
    onSnapshot: (_link, chunks) => seen.streams.push(chunks),
  });
  return { ...seen, election, quorum };
}

/** Servers 1 and 2, with a link that 1 dialled; their events so far are forgotten. */
async function pair(): Promise<[Station, Station, LinkId, LinkId]> {
  const [left, right] = [await station(1), await station(2)];
  left.quorum.connect(id(2));
  pool.runAll();
  left.events.length = 0;
  right.events.length = 0;
  return [left, right, left.links[0] as LinkId, right.links[0] as LinkId];
}

describe('the schedule', () => {
  it('decides when anything happens', async () => {
    const [left, right] = [await station(1), await station(2)];
    left.election.send(id(2), notification(1));
    left.quorum.connect(id(2));
    expect([...left.events, ...right.events]).toEqual([]);
    expect(pool.waiting.map(({ channel, from, to, kind }) => `${channel} ${from}>${to} ${kind}`)).toEqual([
      'election 2>1 linkUp',
      'election 1>2 linkUp',
      'election 1>2 notification',
      'quorum 1>2 dial',
    ]);
    pool.runAll();
    expect(right.events).toEqual(['up 1', 'notification 1 1', 'link up 1']);
  });

  it.each([1, 2, 3, 4, 5])('keeps each direction in order whatever it picks (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const [left, right, outgoing, incoming] = await pair();
    for (let round = 1; round <= 30; round++) {
      left.election.send(id(2), notification(round));
      left.quorum.send(outgoing, [commitOf(round)]);
      right.quorum.send(incoming, [commitOf(round)]);
      pool.runAny(random);
    }
    while (pool.runAny(random));
    const rounds = Array.from({ length: 30 }, (_, i) => i + 1);
    expect(right.notifications.map((each) => Number(each.electionEpoch))).toEqual(rounds);
    expect(right.batches.flat().map(counterOf)).toEqual(rounds);
    expect(left.batches.flat().map(counterOf)).toEqual(rounds);
  });

  it('may run the delivery of something lost: nothing happens', async () => {
    const [left, right, outgoing] = await pair();
    left.quorum.send(outgoing, [commitOf(1)]);
    const [lost] = pool.waiting;
    network.sever(id(1), id(2));
    lost?.run();
    expect(right.events).toEqual([]);
    pool.runAll();
    expect(right.batches).toEqual([]);
  });

  it('decides when a snapshot is pulled from its source', async () => {
    const [left, right, outgoing] = await pair();
    let pulled = 0;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      pulled++;
      yield new Uint8Array(10);
    }
    const sending = left.quorum.sendSnapshot(outgoing, chunks());
    pool.runAll();
    const reader = (right.streams[0] as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const [first, end] = [reader.next(), reader.next()];
    await Promise.resolve();
    expect(pulled).toBe(0);
    expect(pool.waiting.map(({ from, to, kind }) => `${from}>${to} ${kind}`)).toEqual([
      '2>1 snapshotPull',
      '2>1 snapshotPull',
    ]);
    for (let turn = 0; turn < 20; turn++) {
      pool.runAll();
      await Promise.resolve();
    }
    expect(await first).toEqual({ done: false, value: new Uint8Array(10) });
    expect((await end).done).toBe(true);
    await sending;
  });

  it('gives the same run for the same choices', async () => {
    const run = async (): Promise<string[][]> => {
      pool = new DeliveryPool();
      network = createMemoryNetwork({ schedule: pool.schedule });
      const random = seededRandom(42);
      const stations = [await station(1), await station(2), await station(3)];
      for (let step = 0; step < 200; step++) {
        const [from, to] = [random.below(3), random.below(3)];
        stations[from]?.election.send(id(to + 1), notification(step));
        const [link] = stations[from]?.links ?? [];
        if (link === undefined) stations[from]?.quorum.connect(id(((from + 1) % 3) + 1));
        else stations[from]?.quorum.send(link, [commitOf(step)]);
        if (step % 40 === 20) network.sever(id(1), id(2));
        if (step % 40 === 30) network.heal(id(1), id(2));
        pool.runAny(random);
        pool.runAny(random);
      }
      pool.runAll();
      return stations.map(({ events }) => events);
    };
    const first = await run();
    expect(first.flat().length).toBeGreaterThan(200);
    expect(await run()).toEqual(first);
  });

  it('batches what is sent between two deliveries, and no more', async () => {
    const [left, right, outgoing] = await pair();
    left.quorum.send(outgoing, [commitOf(1)]);
    left.quorum.send(outgoing, [commitOf(2)]);
    left.election.send(id(1), notification(1));
    pool.waiting.at(-1)?.run();
    left.quorum.send(outgoing, [commitOf(3)]);
    pool.runAll();
    expect(right.batches.map((batch) => batch.map(counterOf))).toEqual([[1, 2], [3]]);
  });

  it('is told of an endless exchange', async () => {
    const [left] = await pair();
    const forever = network.electionTransport(id(3), ENSEMBLE);
    await forever.start({
      onLinkUp: () => {},
      onLinkDown: () => {},
      onNotification: (_from, received) => forever.send(id(3), received),
    });
    left.election.send(id(3), notification(1));
    expect(() => pool.runAll(1000)).toThrow('1000 deliveries and no end');
  });
});

describe('messages', () => {
  it('travel by value: neither end sees what the other does to its copy', async () => {
    const [left, right, outgoing] = await pair();
    const txn = new Uint8Array(40).fill(1);
    const extension = new Uint8Array(4).fill(1);
    const packets: QuorumPacket[] = [{ type: 'PROPOSAL', txns: [txn] }];
    left.quorum.send(outgoing, packets);
    left.election.send(id(2), { ...notification(1), extension });
    txn.fill(2);
    extension.fill(2);
    packets.push(commitOf(9));
    pool.runAll();
    expect(right.batches).toEqual([[{ type: 'PROPOSAL', txns: [new Uint8Array(40).fill(1)] }]]);
    expect(right.notifications[0]?.extension).toEqual(new Uint8Array(4).fill(1));
    expect(Object.getPrototypeOf(right.notifications[0]?.extension)).toBe(Uint8Array.prototype);
  });

  it('kept for an unreachable peer are copies too', async () => {
    const left = await station(1);
    const extension = new Uint8Array(4).fill(1);
    left.election.send(id(2), { ...notification(1), extension });
    extension.fill(2);
    const right = await station(2);
    pool.runAll();
    expect(right.notifications[0]?.extension).toEqual(new Uint8Array(4).fill(1));
  });
});

describe('sever()', () => {
  it('loses what is under way, and both ends notice', async () => {
    const [left, right, outgoing] = await pair();
    left.election.send(id(2), notification(1));
    left.quorum.send(outgoing, [commitOf(1)]);
    network.sever(id(1), id(2));
    pool.runAll();
    expect(left.events).toEqual(['down 2', `link down ${outgoing}`]);
    expect(right.events).toEqual(['down 1', `link down ${right.links[0]}`]);
  });

  it('loses dials under way', async () => {
    const [left, right] = [await station(1), await station(2)];
    const link = left.quorum.connect(id(2));
    network.sever(id(1), id(2));
    network.heal(id(1), id(2));
    pool.runAll();
    expect(left.events).toContain(`link down ${link}`);
    expect(right.links).toEqual([]);
  });

  it('goes unnoticed when it ends before the link was seen to be up', async () => {
    const [left] = [await station(1), await station(2)];
    network.sever(id(1), id(2));
    network.heal(id(1), id(2));
    pool.runAll();
    expect(left.events).toEqual(['up 2']);
  });

  it('leaves other servers alone', async () => {
    const [left, , outgoing] = await pair();
    await station(3);
    network.sever(id(1), id(3));
    network.sever(id(2), id(3));
    pool.runAll();
    expect(left.events).not.toContain('down 2');
    expect(left.events).not.toContain(`link down ${outgoing}`);
  });
});

describe('reset()', () => {
  it('breaks every connection, and new ones are made', async () => {
    const [left, right, outgoing] = await pair();
    left.quorum.send(outgoing, [commitOf(1)]);
    network.reset(id(1), id(2));
    const link = left.quorum.connect(id(2));
    pool.runAll();
    expect(left.events).toEqual(['down 2', `link down ${outgoing}`, 'up 2', 'link up 2']);
    expect(right.events.toSorted()).toEqual(['down 1', `link down ${right.links[0]}`, 'link up 1', 'up 1'].toSorted());
    expect(right.batches).toEqual([]);
    left.quorum.send(link, [commitOf(2)]);
    pool.runAll();
    expect(right.batches.flat().map(counterOf)).toEqual([2]);
  });

  it('heals no cut', async () => {
    const [left] = await pair();
    network.sever(id(1), id(2));
    network.reset(id(1), id(2));
    const link = left.quorum.connect(id(2));
    pool.runAll();
    expect(left.events).not.toContain('up 2');
    expect(left.events).toContain(`link down ${link}`);
  });
});

describe('stall()', () => {
  it('holds one way back, unnoticed, and lets the other through', async () => {
    const [left, right, outgoing, incoming] = await pair();
    network.stall(id(1), id(2));
    for (const round of [1, 2, 3]) {
      left.election.send(id(2), notification(round));
      left.quorum.send(outgoing, [commitOf(round)]);
      pool.runAll();
    }
    right.election.send(id(1), notification(9));
    right.quorum.send(incoming, [commitOf(9)]);
    pool.runAll();
    expect(right.events).toEqual([]);
    expect(left.events).toEqual(['notification 2 9', 'packets 9']);
    expect(left.quorum.queuedBytes(outgoing)).toBeGreaterThan(0);
    network.heal(id(1), id(2));
    pool.runAll();
    const expected = [
      'notification 1 1',
      'notification 1 2',
      'notification 1 3',
      'packets 1',
      'packets 2',
      'packets 3',
    ];
    expect(right.events.toSorted()).toEqual(expected);
    expect(left.quorum.queuedBytes(outgoing)).toBe(0);
  });

  it('hides the end of a link from the other side until heal()', async () => {
    const [left, right, outgoing, incoming] = await pair();
    network.stall(id(1), id(2));
    left.quorum.closeLink(outgoing);
    pool.runAll();
    expect(right.events).toEqual([]);
    network.heal(id(1), id(2));
    pool.runAll();
    expect(right.events).toEqual([`link down ${incoming}`]);
  });

  it('fails dials, those under way too, rather than keep them waiting for ever', async () => {
    const [left, right] = [await station(1), await station(2)];
    const early = left.quorum.connect(id(2));
    network.stall(id(2), id(1));
    const late = left.quorum.connect(id(2));
    pool.runAll();
    const outcomes = left.events.filter((event) => event.startsWith('link'));
    expect(outcomes.toSorted()).toEqual([`link down ${early}`, `link down ${late}`]);
    expect(right.links).toEqual([]);
  });
});

describe('crash()', () => {
  it('loses what the server had under way, and its peers find the links broken', async () => {
    const [left, right, outgoing, incoming] = await pair();
    left.election.send(id(2), notification(1));
    left.quorum.send(outgoing, [commitOf(1)]);
    network.crash(id(1));
    pool.runAll();
    expect(right.events).toEqual(['down 1', `link down ${incoming}`]);
  });

  it('is the last that the server hears', async () => {
    const [left, right, outgoing, incoming] = await pair();
    left.election.send(id(1), notification(1));
    right.election.send(id(1), notification(2));
    right.quorum.send(incoming, [commitOf(1)]);
    network.crash(id(1));
    left.quorum.send(outgoing, [commitOf(2)]);
    left.quorum.connect(id(2));
    left.election.send(id(2), notification(3));
    pool.runAll();
    expect(left.events).toEqual([]);
    expect(right.batches).toEqual([]);
  });

  it('leaves room for the next incarnation, which hears nothing that was meant for the last', async () => {
    const [left, right, , incoming] = await pair();
    left.election.send(id(1), notification(7));
    right.election.send(id(1), notification(1));
    right.quorum.send(incoming, [commitOf(1)]);
    network.crash(id(1));
    const again = await station(1);
    right.election.send(id(1), notification(2));
    again.quorum.connect(id(2));
    pool.runAll();
    expect(again.events.filter((event) => !event.startsWith('link'))).toEqual(['up 2', 'notification 2 2']);
    expect(right.events.filter((event) => !event.startsWith('link'))).toEqual(['down 1', 'up 1']);
    expect(right.events.filter((event) => event.startsWith('link'))).toEqual([`link down ${incoming}`, 'link up 1']);
  });

  it('breaks a snapshot on its way', async () => {
    const [left, right, outgoing] = await pair();
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(10);
    }
    const sending = expect(left.quorum.sendSnapshot(outgoing, chunks())).rejects.toThrow('snapshot stream broke');
    pool.runAll();
    const reader = (right.streams[0] as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const first = reader.next();
    while (pool.runOldest()) await Promise.resolve();
    network.crash(id(1));
    await sending;
    await expect(first).rejects.toThrow('snapshot stream broke');
  });

  it('of a server that is not there does nothing', async () => {
    await pair();
    network.crash(id(3));
    pool.runAll();
  });
});
