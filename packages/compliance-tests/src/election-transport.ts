// What every ElectionTransport must do, sentence by sentence of its port.

import { type ElectionTransport, type ElectionTransportHandler, TransportListenError } from '@zebu/interfaces';
import {
  type Epoch,
  MAX_CONFIGURATION_BYTES,
  MAX_NOTIFICATION_EXTENSION_BYTES,
  NO_ZXID,
  type Notification,
  type Zxid,
} from '@zebu/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensembleOf, serverId, type TransportFixture, until } from './transport-support.ts';

export type ElectionTransportFixture = TransportFixture<ElectionTransport>;

interface Server {
  readonly id: number;
  readonly transport: ElectionTransport;
  readonly handler: Recorder;
}

export function electionTransportCompliance(name: string, setup: () => Promise<ElectionTransportFixture>): void {
  describe(`ElectionTransport: ${name}`, () => {
    let fixture: ElectionTransportFixture;
    beforeEach(async () => {
      fixture = await setup();
    });
    afterEach(() => fixture.teardown());

    const started = async (id: number, ensemble = ensembleOf([1, 2, 3])): Promise<Server> => {
      const transport = await fixture.create(serverId(id), ensemble);
      const handler = new Recorder();
      await transport.start(handler);
      return { id, transport, handler };
    };
    const linkedPair = async (): Promise<[Server, Server]> => {
      const [left, right] = [await started(1), await started(2)];
      await linked(left, right);
      return [left, right];
    };

    it('links servers that are started, without being sent anything', async () => {
      const servers = [await started(1), await started(2), await started(3)];
      for (const a of servers) for (const b of servers) if (a.id < b.id) await linked(a, b);
    });

    it('goes on dialling: links a server that starts later', async () => {
      const first = await started(1);
      first.transport.send(serverId(2), notification(1));
      const second = await started(2);
      await linked(first, second);
    });

    it('rejects start with TransportListenError when its own port cannot be had', async () => {
      await started(1);
      const second = await fixture.create(serverId(1), ensembleOf([1, 2, 3]));
      await expect(second.start(new Recorder())).rejects.toBeInstanceOf(TransportListenError);
    });

    it('delivers every field of a notification as it was sent', async () => {
      const [left, right] = await linkedPair();
      const sent = everyKindOfNotification();
      for (const each of sent) left.transport.send(serverId(2), each);
      await until(() => right.handler.received.length >= sent.length, 'all have arrived');
      expect(right.handler.received).toEqual(sent.map((each) => ({ from: 1, notification: each })));
    });

    it('delivers notifications of one peer in send order, both ways', async () => {
      const [left, right] = await linkedPair();
      const rounds = Array.from({ length: 200 }, (_, round) => round);
      for (const round of rounds) {
        left.transport.send(serverId(2), notification(round));
        right.transport.send(serverId(1), notification(1000 + round));
      }
      await until(() => right.handler.rounds.length >= 200 && left.handler.rounds.length >= 200, 'all have arrived');
      expect(right.handler.rounds).toEqual(rounds);
      expect(left.handler.rounds).toEqual(rounds.map((round) => 1000 + round));
    });

    it('delivers a send to oneself', async () => {
      const server = await started(1);
      server.transport.send(serverId(1), notification(7));
      await until(() => server.handler.received.length > 0, 'it has arrived');
      expect(server.handler.received).toEqual([{ from: 1, notification: notification(7) }]);
    });

    it('never calls the handler from within send()', async () => {
      const [left, right] = await linkedPair();
      const busy = { sending: false, reentered: false };
      for (const { handler } of [left, right]) {
        handler.onEvent = () => {
          busy.reentered ||= busy.sending;
        };
      }
      busy.sending = true;
      left.transport.send(serverId(1), notification(1));
      left.transport.send(serverId(2), notification(1));
      busy.sending = false;
      await until(() => left.handler.rounds.length + right.handler.rounds.length === 2, 'both have arrived');
      expect(busy.reentered).toBe(false);
    });

    it('does not throw while the peer is absent, and delivers only the newest once it is there', async () => {
      const first = await started(1);
      for (const round of [1, 2, 3]) first.transport.send(serverId(2), notification(round));
      const second = await started(2);
      await until(() => second.handler.rounds.length > 0, 'the newest has arrived');
      first.transport.send(serverId(2), notification(4));
      await until(() => second.handler.rounds.includes(4), 'the next has arrived');
      expect(second.handler.rounds).toEqual([3, 4]);
    });

    it('keeps the newest that was sent before start()', async () => {
      const transport = await fixture.create(serverId(1), ensembleOf([1, 2, 3]));
      transport.send(serverId(2), notification(1));
      transport.send(serverId(2), notification(2));
      const second = await started(2);
      await transport.start(new Recorder());
      await until(() => second.handler.rounds.length > 0, 'the newest has arrived');
      expect(second.handler.rounds).toEqual([2]);
    });

    it('reports a broken link on both sides, and a new one with the newest notification', async () => {
      const [left, right] = await linkedPair();
      fixture.sever(serverId(1), serverId(2));
      await until(() => !left.handler.up.has(2) && !right.handler.up.has(1), 'both see the link down');
      for (const round of [1, 2, 3]) left.transport.send(serverId(2), notification(round));
      fixture.heal(serverId(1), serverId(2));
      await linked(left, right);
      await until(() => right.handler.rounds.length > 0, 'the newest has arrived');
      expect(right.handler.rounds).toEqual([3]);
    });

    it('tells link up and link down in turn', async () => {
      const [left, right] = await linkedPair();
      fixture.sever(serverId(1), serverId(2));
      await until(() => !left.handler.up.has(2) && !right.handler.up.has(1), 'both see the link down');
      fixture.heal(serverId(1), serverId(2));
      await linked(left, right);
      expect(left.handler.linkEvents).toEqual(['up 2', 'down 2', 'up 2']);
      expect(right.handler.linkEvents).toEqual(['up 1', 'down 1', 'up 1']);
    });

    it('leaves other links alone when one breaks', async () => {
      const [left, right] = await linkedPair();
      const third = await started(3);
      await linked(left, third);
      fixture.sever(serverId(1), serverId(2));
      await until(() => !left.handler.up.has(2) && !right.handler.up.has(1), 'both see the link down');
      third.transport.send(serverId(1), notification(9));
      await until(() => left.handler.rounds.includes(9), 'it has arrived');
      expect(left.handler.linkEvents).not.toContain('down 3');
    });

    it('links a restarted peer again', async () => {
      const [left, right] = await linkedPair();
      await right.transport.close();
      const again = await started(2);
      await linked(left, again);
      left.transport.send(serverId(2), notification(5));
      again.transport.send(serverId(1), notification(6));
      await until(() => again.handler.rounds.includes(5) && left.handler.rounds.includes(6), 'both have arrived');
    });

    it('links a server that is not in the ensemble once that server dials, and both can talk', async () => {
      const [left, right] = await linkedPair();
      const joiner = await started(4, ensembleOf([1, 2, 4]));
      await linked(left, joiner);
      await linked(right, joiner);
      joiner.transport.send(serverId(1), notification(1));
      await until(() => left.handler.rounds.includes(1), 'the question has arrived');
      left.transport.send(serverId(4), notification(2));
      await until(() => joiner.handler.rounds.includes(2), 'the answer has arrived');
      expect(left.handler.linkEvents).not.toContain('down 2');
    });

    it('keeps nothing for a server outside the ensemble that is gone, and links it when it dials again', async () => {
      const [left] = await linkedPair();
      const joiner = await started(4, ensembleOf([1, 4]));
      await linked(left, joiner);
      await joiner.transport.close();
      await until(() => !left.handler.up.has(4), 'it is seen to be gone');
      left.transport.send(serverId(4), notification(1));
      const again = await started(4, ensembleOf([1, 4]));
      await linked(left, again);
      left.transport.send(serverId(4), notification(2));
      await until(() => again.handler.rounds.length > 0, 'the next has arrived');
      expect(again.handler.rounds).toEqual([2]);
    });

    it('links no more servers outside the ensemble than its limit, whatever they do, and any of its own', async () => {
      const first = await started(1, ensembleOf([1, 2]));
      const strangers = [3, 4, 5].slice(0, fixture.maxUnlistedServers + 1);
      const joiners = [];
      for (const id of strangers.slice(0, -1)) joiners.push(await started(id, ensembleOf([1, id])));
      for (const joiner of joiners) await linked(first, joiner);
      const last = strangers.at(-1) as number;
      const late = await started(last, ensembleOf([1, last]));
      late.transport.send(serverId(1), notification(1));
      await linked(first, await started(2, ensembleOf([1, 2])));
      expect(late.handler.linkEvents).toEqual([]);
      expect(first.handler.linkEvents.filter((event) => event !== 'up 2')).toEqual(
        joiners.map((joiner) => `up ${joiner.id}`),
      );
      await joiners[0]?.transport.close();
      await linked(first, late);
    });

    it('keeps the link to a server that comes into the ensemble', async () => {
      const [left] = await linkedPair();
      const joiner = await started(4, ensembleOf([1, 2, 4]));
      await linked(left, joiner);
      left.transport.setEnsemble(ensembleOf([1, 2, 3, 4], 1n));
      left.transport.setEnsemble(ensembleOf([1, 2, 4], 2n));
      left.transport.send(serverId(4), notification(1));
      await until(() => joiner.handler.rounds.length > 0, 'it has arrived');
      expect(left.handler.linkEvents.filter((event) => event.endsWith('4'))).toEqual(['up 4']);
    });

    it('keeps the link to a server outside the ensemble when the ensemble changes and it is still outside', async () => {
      const [left] = await linkedPair();
      const joiner = await started(4, ensembleOf([1, 2, 4]));
      await linked(left, joiner);
      left.transport.setEnsemble(ensembleOf([1, 2], 1n));
      left.transport.send(serverId(4), notification(1));
      await until(() => joiner.handler.rounds.length > 0, 'it has arrived');
      expect(left.handler.linkEvents).not.toContain('down 4');
    });

    it('ignores a send to a server that is not in the ensemble', async () => {
      const [left, right] = await linkedPair();
      left.transport.send(serverId(9), notification(1));
      left.transport.send(serverId(2), notification(2));
      await until(() => right.handler.rounds.length > 0, 'the other has arrived');
    });

    it('accepts and dials the servers of a new ensemble', async () => {
      const [left, right] = await linkedPair();
      const fourth = await started(4, ensembleOf([1, 2, 4]));
      left.transport.setEnsemble(ensembleOf([1, 2, 4], 1n));
      right.transport.setEnsemble(ensembleOf([1, 2, 4], 1n));
      await linked(left, fourth);
      await linked(right, fourth);
      expect(left.handler.linkEvents).not.toContain('down 2');
    });

    it('closes links to servers that left the ensemble, which come back as servers outside it', async () => {
      const [left, right] = await linkedPair();
      left.transport.setEnsemble(ensembleOf([1, 3], 1n));
      await until(() => left.handler.linkEvents.includes('down 2'), 'the link is down');
      await linked(left, right);
      expect(left.handler.linkEvents).toEqual(['up 2', 'down 2', 'up 2']);
      expect(right.handler.linkEvents).toEqual(['up 1', 'down 1', 'up 1']);
    });

    it('closes links to servers that left the ensemble, and does not dial them', async () => {
      const [left, right] = await linkedPair();
      right.transport.setEnsemble(ensembleOf([2, 3], 1n));
      left.transport.setEnsemble(ensembleOf([1, 3], 1n));
      await until(() => !left.handler.up.has(2) && !right.handler.up.has(1), 'both see the link down');
      const third = await started(3);
      await linked(left, third);
      await linked(right, third);
      expect(left.handler.up).toEqual(new Set([3]));
      expect(right.handler.up).toEqual(new Set([3]));
    });

    it('does not call the handler once close() has resolved', async () => {
      const [left, right] = await linkedPair();
      right.transport.send(serverId(1), notification(1));
      left.transport.send(serverId(1), notification(2));
      await left.transport.close();
      const events = left.handler.count;
      right.transport.send(serverId(1), notification(3));
      const third = await started(3);
      await linked(right, third);
      expect(left.handler.count).toBe(events);
    });

    it('tells peers of a close', async () => {
      const [left, right] = await linkedPair();
      await left.transport.close();
      await until(() => !right.handler.up.has(1), 'the peer sees the link down');
    });

    it('may be closed twice, and without having started', async () => {
      const { transport } = await started(1);
      await Promise.all([transport.close(), transport.close()]);
      await transport.close();
      const idle = await fixture.create(serverId(1), ensembleOf([1, 2, 3]));
      await idle.close();
    });

    it('does not throw from send() after close()', async () => {
      const { transport } = await started(1);
      await transport.close();
      transport.send(serverId(1), notification(1));
      transport.send(serverId(2), notification(1));
    });
  });
}

const linked = (a: Server, b: Server): Promise<void> =>
  until(() => a.handler.up.has(b.id) && b.handler.up.has(a.id), `servers ${a.id} and ${b.id} are linked`);

class Recorder implements ElectionTransportHandler {
  readonly received: { readonly from: number; readonly notification: Notification }[] = [];
  readonly linkEvents: string[] = [];
  readonly up = new Set<number>();
  onEvent: () => void = () => {};

  get count(): number {
    return this.received.length + this.linkEvents.length;
  }

  get rounds(): number[] {
    return this.received.map(({ notification }) => Number(notification.electionEpoch));
  }

  onNotification(from: number, received: Notification): void {
    this.onEvent();
    this.received.push({ from, notification: received });
  }

  onLinkUp(peer: number): void {
    this.onEvent();
    this.linkEvents.push(`up ${peer}`);
    this.up.add(peer);
  }

  onLinkDown(peer: number): void {
    this.onEvent();
    this.linkEvents.push(`down ${peer}`);
    this.up.delete(peer);
  }
}

function notification(round: number): Notification {
  const vote = { leader: serverId(1), zxid: 5n as Zxid, peerEpoch: 1 as Epoch };
  return { state: 'LOOKING', vote, electionEpoch: BigInt(round), configVersion: 0n };
}

function everyKindOfNotification(): Notification[] {
  const zxids = [0n, 5n, 0x1_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0xffff_fffe_ffff_ffffn, NO_ZXID] as Zxid[];
  const kinds: Notification[] = zxids.map((zxid) => ({
    ...notification(1),
    vote: { leader: serverId(255), zxid, peerEpoch: 0xffff_ffff as Epoch },
  }));
  for (const state of ['LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING'] as const) {
    kinds.push({ ...notification(2), state });
  }
  kinds.push({ ...notification(3), vote: { leader: serverId(0), zxid: NO_ZXID, peerEpoch: -1 as Epoch } });
  kinds.push({ ...notification(4), electionEpoch: 0x7fff_ffff_ffff_ffffn, configVersion: 0x1_0000_0001n });
  kinds.push({ ...notification(5), electionEpoch: -1n, configVersion: -1n });
  for (const length of [0, 1, MAX_CONFIGURATION_BYTES]) {
    kinds.push({ ...notification(7), configuration: 'c'.repeat(length) });
  }
  for (const length of [0, 1, MAX_NOTIFICATION_EXTENSION_BYTES]) {
    kinds.push({ ...notification(6), extension: new Uint8Array(length).fill(length) });
  }
  return kinds;
}
