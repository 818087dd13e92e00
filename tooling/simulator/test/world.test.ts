// What a world promises: the same run for the same seed, and faults that do what they say and no more.

import type { Client } from '@zebu/client';
import type { ServerId } from '@zebu/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../src/history/event.ts';
import { createWorld } from '../src/world/simulated-world.ts';
import type { World, WorldOptions } from '../src/world/world.ts';

const PATIENCE_MS = 20_000;

let world: World;
afterEach(() => world.close());

async function established(options: Partial<WorldOptions> = {}): Promise<ServerId> {
  world = createWorld({ seed: 1, voterCount: 3, observerCount: 0, ...options }, true);
  for (const server of world.ids) world.start(server);
  await world.runUntil(() => world.ids.every((each) => world.view(each)?.serving === true), PATIENCE_MS, 'all serving');
  return world.leader() as ServerId;
}

/** Creates one znode after the other; what became of each. */
function writer(name: string, client: Client): string[] {
  const outcomes: string[] = [];
  void (async () => {
    for (let count = 0; ; count++) {
      const path = `/${name}-${count}`;
      await client.create(path, path).then(
        () => outcomes.push('ok'),
        (error: Error) => outcomes.push(error.message),
      );
      await world.time.sleep(20);
    }
  })();
  return outcomes;
}

const eventsOf = <Type extends HistoryEvent['type']>(type: Type): (HistoryEvent & { type: Type })[] =>
  world.history.events.filter((event): event is HistoryEvent & { type: Type } => event.type === type);

const of = (server: ServerId) => (event: { readonly server: ServerId }) => event.server === server;

const settled = (): boolean => {
  const views = world.ids.map((each) => world.view(each));
  return views.every((view) => view?.serving === true && view.lastZxid === views[0]?.lastZxid);
};

describe('a world', () => {
  it.each([
    [3, 0],
    [5, 1],
    [7, 0],
  ])('of %i voters and %i observers serves', async (voterCount, observerCount) => {
    await established({ voterCount, observerCount });
    const outcomes = writer('w', world.client({ name: 'w' }));
    await world.runUntil(() => outcomes.length >= 10, PATIENCE_MS, '10 writes');
    expect(new Set(outcomes)).toEqual(new Set(['ok']));
    const leader = world.leader() as ServerId;
    for (const each of world.ids) {
      const state = each === leader ? 'LEADING' : each > voterCount ? 'OBSERVING' : 'FOLLOWING';
      expect(world.view(each)?.state).toBe(state);
    }
  });

  it('is the same for the same seed, and another for another', async () => {
    const traceOf = async (seed: number): Promise<string> => {
      const leader = await established({ seed });
      writer('w', world.client({ name: 'w' }));
      await world.run(500);
      world.powerLoss(leader);
      await world.run(1000);
      world.pause(world.leader() as ServerId);
      world.start(leader);
      await world.run(2000);
      const hash = world.history.traceHash();
      world.close();
      return hash;
    };
    const first = await traceOf(1);
    expect(await traceOf(1)).toBe(first);
    expect(await traceOf(2)).not.toBe(first);
  });

  it('writes down what a txn goes through', async () => {
    const leader = await established();
    await world.run(500);
    const before = world.history.count;
    const client = world.client({ name: 'c', servers: [leader] });
    let created = false;
    void client.create('/a', 'data').then(() => {
      created = true;
    });
    await world.runUntil(() => created, PATIENCE_MS, 'the creation');
    await world.run(100);
    const events = world.history.events.slice(before);
    const zxid = (world.view(leader)?.lastZxid ?? 0n) as never;
    const hashes = new Set<number>();
    for (const event of events) {
      const txns = event.type === 'appended' ? event.txns : 'packet' in event ? (event.packet.txns ?? []) : [];
      for (const txn of txns) if (txn.zxid === zxid) hashes.add(txn.hash);
    }
    expect(hashes.size).toBe(1);
    const facts = events.filter((event) => 'zxid' in event && event.zxid === zxid).map(({ type }) => type);
    expect(facts.filter((type) => type === 'flushed').length).toBe(3);
    expect(facts.filter((type) => type === 'applied').length).toBe(3);
    expect(facts).toContain('replied');
    expect(eventsOf('sessionConnected').map(({ client: name, server }) => [name, server])).toEqual([['c', leader]]);
    expect(eventsOf('synced').length).toBe(2);
    expect(
      new Set(
        eventsOf('applied')
          .filter(({ zxid: at }) => at === zxid)
          .map(({ digest }) => digest),
      ).size,
    ).toBe(1);
  });
});

describe('faults of a server', () => {
  it('a power failure may lose all, some or nothing of what was not flushed', async () => {
    const leader = await established();
    const follower = world.voters.find((each) => each !== leader) as ServerId;
    const outcomes = writer('w', world.client({ name: 'w', servers: [leader] }));
    for (const what of ['allUnflushed', 'nothing', 'anyPart'] as const) {
      const count = outcomes.length + 5;
      await world.runUntil(() => outcomes.length >= count, PATIENCE_MS, 'writes');
      const hold = world.holdFlushes(follower);
      await world.runUntil(() => hold.waitingCount > 0, PATIENCE_MS, 'a flush that waits');
      await world.run(100);
      const flushed = eventsOf('flushed').filter(of(follower)).at(-1)?.zxid ?? 0n;
      world.powerLoss(follower, what);
      expect(world.isUp(follower)).toBe(false);
      hold.release();
      world.start(follower);
      const count2 = eventsOf('diskState').length;
      await world.runUntil(() => eventsOf('diskState').length > count2, PATIENCE_MS, 'the disk read back');
      const found = eventsOf('diskState').at(-1)?.lastLoggedZxid ?? 0n;
      if (what === 'allUnflushed') expect(found).toBe(flushed);
      else if (what === 'nothing') expect(found).toBeGreaterThan(flushed);
      else expect(found).toBeGreaterThanOrEqual(flushed);
      await world.runUntil(() => world.view(follower)?.serving === true, PATIENCE_MS, 'the follower back');
    }
  });

  it('a killed server loses nothing that was written, and what it had sent arrives', async () => {
    const leader = await established();
    const outcomes = writer('w', world.client({ name: 'w' }));
    await world.runUntil(() => outcomes.length >= 5, PATIENCE_MS, 'writes');
    world.kill(leader);
    await world.runUntil(() => world.leader() !== undefined, PATIENCE_MS, 'another leader');
    expect(world.leader()).not.toBe(leader);
    world.start(leader);
    await world.runUntil(() => world.view(leader)?.serving === true && settled(), PATIENCE_MS, 'all in step');
    expect(eventsOf('ended').map(({ how }) => how)).toEqual(['kill']);
  });

  it('a server that is stopped in order ends by itself, with everything durable', async () => {
    const leader = await established();
    const outcomes = writer('w', world.client({ name: 'w' }));
    await world.runUntil(() => outcomes.length >= 5, PATIENCE_MS, 'writes');
    world.stop(leader);
    expect(world.isUp(leader)).toBe(true);
    await world.runUntil(() => !world.isUp(leader), 2000, 'its end');
    const logged = eventsOf('appended').filter(of(leader)).at(-1)?.txns.at(-1)?.zxid;
    world.powerLoss(leader, 'allUnflushed');
    world.start(leader);
    await world.runUntil(() => eventsOf('diskState').filter(of(leader)).length > 1, PATIENCE_MS, 'its disk read');
    expect(eventsOf('diskState').filter(of(leader)).at(-1)?.lastLoggedZxid).toBe(logged);
    await world.runUntil(() => world.view(leader)?.serving === true && settled(), PATIENCE_MS, 'all in step');
    expect(eventsOf('ended').map(({ how }) => how)).toEqual(['stop']);
  });

  it('a paused server does nothing, and reads what has come when it goes on', async () => {
    const leader = await established();
    const follower = world.voters.find((each) => each !== leader) as ServerId;
    writer('w', world.client({ name: 'w', servers: [leader] }));
    await world.run(200);
    world.pause(follower);
    const before = world.history.count;
    await world.run(500);
    const during = world.history.events.slice(before);
    expect(during.filter((event) => 'server' in event && event.server === follower)).toEqual([]);
    expect(during.filter((event) => event.type === 'packetReceived' && event.to === follower)).toEqual([]);
    expect(during.filter((event) => event.type === 'packetSent' && event.to === follower).length).toBeGreaterThan(5);
    const resumedAt = world.history.count;
    world.resume(follower);
    await world.run(5);
    const received = world.history.events
      .slice(resumedAt)
      .filter((event) => event.type === 'packetReceived' && event.to === follower);
    expect(received.length).toBeGreaterThan(5);
    await world.run(300);
    expect(world.view(follower)?.state).toBe('FOLLOWING');
    expect(eventsOf('role').filter(of(follower)).at(-1)?.at).toBeLessThan(world.history.events[before]?.at ?? 0);
  });

  it('a leader that was paused for too long is replaced, and learns so', async () => {
    const leader = await established();
    world.pause(leader);
    await world.runUntil(() => world.leader() !== leader && world.leader() !== undefined, PATIENCE_MS, 'a successor');
    world.resume(leader);
    await world.runUntil(() => world.view(leader)?.state === 'FOLLOWING' && settled(), PATIENCE_MS, 'all in step');
  });

  it('refuses to start on a damaged log, and starts anew on an empty disk', async () => {
    const leader = await established();
    const follower = world.voters.find((each) => each !== leader) as ServerId;
    const outcomes = writer('w', world.client({ name: 'w', servers: [leader] }));
    await world.runUntil(() => outcomes.length >= 20, PATIENCE_MS, 'writes');
    world.powerLoss(follower);
    const log = (await world.files(follower)).find((name) => name.startsWith('log.')) as string;
    await world.flipBit(follower, log, 8 * 200);
    world.start(follower);
    await world.runUntil(() => !world.isUp(follower), PATIENCE_MS, 'a refusal');
    expect(eventsOf('refusedToStart').map(({ server }) => server)).toEqual([follower]);
    expect(eventsOf('refusedToStart')[0]?.reason).toContain(log);
    world.wipe(follower);
    expect(await world.files(follower)).toEqual([]);
    world.start(follower, { dbAutocreate: false });
    await world.runUntil(() => world.view(follower)?.serving === true, PATIENCE_MS, 'the follower back');
    expect(eventsOf('snapshotInstalled').map(({ server }) => server)).toEqual([follower]);
  });

  it('loses a file', async () => {
    const leader = await established();
    world.powerLoss(leader);
    await world.removeFile(leader, 'currentEpoch');
    expect(await world.files(leader)).not.toContain('currentEpoch');
    await expect(world.files(world.voters.find((each) => each !== leader) as ServerId)).rejects.toThrow('is up');
  });
});

describe('faults of a disk', () => {
  it.each(['write', 'flush'] as const)(
    'a failed %s makes a leader step down, and nothing is lost',
    async (operation) => {
      const leader = await established();
      const outcomes = writer('w', world.client({ name: 'w' }));
      await world.runUntil(() => outcomes.length >= 5, PATIENCE_MS, 'writes');
      world.failNext(leader, { operation, code: 'EIO' });
      await world.runUntil(() => eventsOf('cutBack').length > 0, PATIENCE_MS, 'a cut');
      await world.runUntil(settled, PATIENCE_MS, 'all in step');
      expect(world.isUp(leader)).toBe(true);
    },
  );

  it('a full disk takes nothing until there is room', async () => {
    const leader = await established();
    const outcomes = writer('w', world.client({ name: 'w' }));
    world.setDiskFull(leader, true);
    await world.runUntil(() => !world.isUp(leader), PATIENCE_MS, 'its end').catch(() => undefined);
    if (!world.isUp(leader)) world.start(leader);
    await world.run(2000);
    world.setDiskFull(leader, false);
    if (!world.isUp(leader)) world.start(leader);
    await world.runUntil(settled, PATIENCE_MS, 'all in step');
    expect(outcomes).toContain('ok');
  });

  it('held flushes complete once they are released', async () => {
    const leader = await established();
    const holds = world.voters.map((each) => world.holdFlushes(each));
    const outcomes = writer('w', world.client({ name: 'w', servers: [leader] }));
    await world.run(300);
    expect(holds.every((hold) => hold.waitingCount > 0)).toBe(true);
    expect(outcomes).toEqual([]);
    for (const hold of holds) hold.release();
    await world.runUntil(() => outcomes.includes('ok'), PATIENCE_MS, 'a write');
  });
});

describe('faults of the network', () => {
  it('lets packets of a link wait from the first that matches on', async () => {
    const leader = await established();
    const [first, second] = world.voters.filter((each) => each !== leader) as [ServerId, ServerId];
    const outcomes = writer('w', world.client({ name: 'w', servers: [leader] }));
    await world.runUntil(() => outcomes.length >= 3, PATIENCE_MS, 'writes');
    const hold = world.holdPackets({ from: leader, to: first, type: 'COMMIT', after: 2 });
    const before = world.history.count;
    await world.run(150);
    const received = (to: ServerId, type: string): number =>
      world.history.events
        .slice(before)
        .filter((event) => event.type === 'packetReceived' && event.to === to && event.packet.type === type).length;
    expect(received(first, 'COMMIT')).toBe(2);
    expect(received(second, 'COMMIT')).toBeGreaterThan(3);
    expect(hold.waitingCount).toBeGreaterThan(2);
    const applied = world.view(first)?.lastZxid;
    expect(applied).toBeLessThan(world.view(second)?.lastZxid ?? 0n);
    hold.release();
    await world.run(20);
    expect(hold.waitingCount).toBe(0);
    expect(world.view(first)?.lastZxid).toBeGreaterThan(applied ?? 0n);
    expect(world.view(first)?.state).toBe('FOLLOWING');
  });

  it('drops what waits when the link ends', async () => {
    const leader = await established();
    const follower = world.voters.find((each) => each !== leader) as ServerId;
    writer('w', world.client({ name: 'w', servers: [leader] }));
    const hold = world.holdPackets({ to: follower, type: 'COMMIT' });
    await world.runUntil(() => hold.waitingCount > 0, PATIENCE_MS, 'a packet that waits');
    world.resetLink(leader, follower);
    await world.runUntil(() => hold.waitingCount === 0, PATIENCE_MS, 'an empty hold');
    hold.release();
    await world.runUntil(settled, PATIENCE_MS, 'all in step');
  });

  it('keeps the order of each link, whatever the delays', async () => {
    await established({ linkDelayMs: [0.05, 40] });
    const outcomes = writer('w', world.client({ name: 'w' }));
    await world.runUntil(() => outcomes.length >= 30, PATIENCE_MS, 'writes');
    for (const from of world.ids) {
      for (const to of world.ids) {
        const numbers = (type: 'packetSent' | 'packetReceived'): number[] =>
          eventsOf(type)
            .filter((event) => event.from === from && event.to === to && event.packet.type === 'PING')
            .map(({ packet }) => packet.number as number);
        const received = numbers('packetReceived');
        expect(received).toEqual(numbers('packetSent').slice(0, received.length));
      }
    }
    expect(eventsOf('packetReceived').length).toBeGreaterThan(100);
  });

  it('an isolated leader is replaced while clients still reach it', async () => {
    const leader = await established();
    const outcomes = writer('w', world.client({ name: 'w' }));
    world.isolate(leader);
    await world.runUntil(() => world.leader() !== leader && world.leader() !== undefined, PATIENCE_MS, 'a successor');
    await world.runUntil(() => outcomes.at(-1) === 'ok', PATIENCE_MS, 'a write');
    expect(world.view(leader)?.state).not.toBe('LEADING');
    world.healAll();
    await world.runUntil(settled, PATIENCE_MS, 'all in step');
  });

  it('a stalled link is silent until it heals', async () => {
    const leader = await established();
    const follower = world.voters.find((each) => each !== leader) as ServerId;
    writer('w', world.client({ name: 'w', servers: [leader] }));
    world.stall(leader, follower);
    await world.run(10);
    const before = eventsOf('packetReceived').filter(({ to }) => to === follower).length;
    await world.run(200);
    expect(eventsOf('packetReceived').filter(({ to }) => to === follower).length).toBe(before);
    world.heal(leader, follower);
    await world.runUntil(settled, PATIENCE_MS, 'all in step');
  });

  it('slows a link', async () => {
    const leader = await established();
    const others = world.voters.filter((each) => each !== leader);
    for (const other of others) world.setLinkDelay(leader, other, [30, 30]);
    const outcomes = writer('w', world.client({ name: 'w', servers: [leader] }));
    await world.run(55);
    expect(outcomes).toEqual([]);
    await world.runUntil(() => outcomes.length >= 1, PATIENCE_MS, 'a write');
  });
});

describe('clocks', () => {
  it('run at their own rate', async () => {
    const leader = await established();
    const follower = world.voters.find((each) => each !== leader) as ServerId;
    const pings = (): number =>
      eventsOf('packetSent').filter(({ from, packet }) => from === leader && packet.type === 'PING').length;
    const inASecond = async (): Promise<number> => {
      const before = pings();
      await world.run(1000);
      return pings() - before;
    };
    const usual = await inASecond();
    world.setClockRate(leader, 2);
    expect((await inASecond()) / usual).toBeCloseTo(2, 0);
    expect(world.view(follower)?.state).toBe('FOLLOWING');
  });

  it('jump, and only Stat shows it', async () => {
    const leader = await established();
    const client = world.client({ name: 'c', servers: [leader] });
    const times: bigint[] = [];
    for (const path of ['/a', '/b']) {
      let done = false;
      void client
        .create(path)
        .then(() => client.getData(path))
        .then(({ stat }) => {
          times.push(BigInt(stat.ctime));
          done = true;
        });
      await world.runUntil(() => done, PATIENCE_MS, path);
      world.jumpWallClock(leader, -3_600_000);
    }
    expect(Number((times[1] ?? 0n) - (times[0] ?? 0n))).toBeLessThan(-3_500_000);
    expect(world.leader()).toBe(leader);
  });
});

describe('commits that are not applied at once', () => {
  it('are applied by timers, which may be late', async () => {
    const leader = await established({ settings: { appliedAtOnceCount: 0 } });
    const follower = world.voters.find((each) => each !== leader) as ServerId;
    world.setTimerDelay(follower, [60, 60]);
    await world.run(200);
    const client = world.client({ name: 'c', servers: [leader] });
    let created = false;
    void client.create('/a').then(() => {
      created = true;
    });
    await world.runUntil(() => created, PATIENCE_MS, 'the creation');
    await world.run(15);
    expect(world.view(follower)?.lastZxid).toBeLessThan(world.view(leader)?.lastZxid ?? 0n);
    await world.runUntil(settled, 1000, 'all in step');
  });
});

it('does not call it serving when a server without a quorum is read', async () => {
  const leader = await established({ settings: { readOnlyMode: true } });
  const [kept, gone] = world.voters.filter((each) => each !== leader) as [ServerId, ServerId];
  world.kill(leader);
  world.kill(gone);
  await world.runUntil(() => world.view(kept)?.readOnly === true, PATIENCE_MS, 'read-only mode');
  expect(world.view(kept)?.serving).toBe(true);
  expect(eventsOf('role').filter(of(kept)).at(-1)).toMatchObject({ state: 'LOOKING', serving: false });
});

describe('clients', () => {
  it('lose their connections to a server, and come back with their sessions', async () => {
    const leader = await established();
    const client = world.client({ name: 'c' });
    const outcomes = writer('w', client);
    await world.runUntil(() => outcomes.length >= 3, PATIENCE_MS, 'writes');
    const sessionId = client.sessionId;
    for (const each of world.ids) world.dropClients(each);
    await world.runUntil(() => eventsOf('sessionDisconnected').length > 0, PATIENCE_MS, 'a disconnection');
    await world.runUntil(() => eventsOf('sessionConnected').length > 1, PATIENCE_MS, 'a reconnection');
    expect(client.sessionId).toBe(sessionId);
    expect(eventsOf('sessionConnected').at(-1)).toMatchObject({ client: 'c', sessionId, reattached: true });
    expect(world.leader()).toBe(leader);
  });
});
