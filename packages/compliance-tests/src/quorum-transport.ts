// What every QuorumTransport must do, sentence by sentence of its port.

import { type LinkId, type QuorumTransport, TransportListenError } from '@zebu/interfaces';
import { makeZxid, type QuorumPacket, type Zxid } from '@zebu/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitOf, epoch, everyKindOfPacket, txnOf } from './quorum-packets.ts';
import { linkBetween, type QuorumPair, QuorumRecorder, type QuorumServer, received } from './quorum-servers.ts';
import { snapshotCompliance } from './snapshot-stream.ts';
import { comparable, ensembleOf, serverId, type TransportFixture, until } from './transport-support.ts';

export type QuorumTransportFixture = TransportFixture<QuorumTransport>;

export function quorumTransportCompliance(name: string, setup: () => Promise<QuorumTransportFixture>): void {
  describe(`QuorumTransport: ${name}`, () => {
    let fixture: QuorumTransportFixture;
    beforeEach(async () => {
      fixture = await setup();
    });
    afterEach(() => fixture.teardown());

    const started = async (id: number, ensemble = ensembleOf([1, 2, 3])): Promise<QuorumServer> => {
      const transport = await fixture.create(serverId(id), ensemble);
      const handler = new QuorumRecorder();
      await transport.start(handler);
      return { id, transport, handler };
    };
    const linkedPair = async (): Promise<QuorumPair> => linkBetween(await started(1), await started(2));

    describe('links', () => {
      it('rejects start with TransportListenError when its own port cannot be had', async () => {
        await started(1);
        const second = await fixture.create(serverId(1), ensembleOf([1, 2, 3]));
        await expect(second.start(new QuorumRecorder())).rejects.toBeInstanceOf(TransportListenError);
      });

      it('tells both ends that a dialled link is up, and in which direction', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        expect(learner.handler.ups).toEqual([{ link: outgoing, peer: 2, direction: 'outgoing', port: 'quorum' }]);
        expect(leader.handler.ups).toEqual([{ link: incoming, peer: 1, direction: 'incoming', port: 'quorum' }]);
      });

      it('tells that a connect failed when nobody listens there, once, and dials anew with every connect', async () => {
        const learner = await started(1);
        const failed = learner.transport.connect(serverId(2));
        await until(() => learner.handler.isDown(failed), 'the connect has failed');
        const leader = await started(2);
        const { outgoing } = await linkBetween(learner, leader);
        expect(outgoing).not.toBe(failed);
        expect(learner.handler.events).toEqual([`down ${failed}`, `up ${outgoing}`]);
      });

      it('tells that a connect failed when the server is cut off', async () => {
        const [learner] = [await started(1), await started(2)];
        fixture.sever(serverId(1), serverId(2));
        const failed = learner.transport.connect(serverId(2));
        await until(() => learner.handler.isDown(failed), 'the connect has failed');
      });

      it('tells that a connect failed when the server is not in the ensemble', async () => {
        const learner = await started(1);
        const failed = learner.transport.connect(serverId(9));
        await until(() => learner.handler.isDown(failed), 'the connect has failed');
      });

      it('links a server that is not in the ensemble, and both can send', async () => {
        const { leader } = await linkedPair();
        const joiner = await linkBetween(await started(4, ensembleOf([2, 4])), leader);
        joiner.learner.transport.send(joiner.outgoing, [commitOf(1)]);
        joiner.leader.transport.send(joiner.incoming, [commitOf(2)]);
        await received(leader, joiner.incoming, 1);
        await received(joiner.learner, joiner.outgoing, 1);
        expect(leader.handler.downs).toEqual([]);
      });

      it('links no more servers outside the ensemble than its limit, and any of its own', async () => {
        const { leader, learner } = await linkedPair();
        leader.transport.setEnsemble(ensembleOf([1, 2], 1n));
        const strangers = [3, 4, 5].slice(0, fixture.maxUnlistedServers + 1);
        const joiners = [];
        for (const id of strangers.slice(0, -1)) {
          joiners.push(await linkBetween(await started(id, ensembleOf([2, id])), leader));
        }
        const last = strangers.at(-1) as number;
        const late = await started(last, ensembleOf([2, last]));
        const failed = late.transport.connect(serverId(2));
        await until(() => late.handler.isDown(failed), 'the connect has failed');
        expect(leader.handler.downs).toEqual([]);
        await linkBetween(learner, leader);
        const [gone] = joiners;
        if (gone === undefined) throw new Error('nobody was let in');
        gone.learner.transport.closeLink(gone.outgoing);
        await until(() => leader.handler.isDown(gone.incoming), 'one has gone');
        await linkBetween(late, leader);
      });

      it('tells nothing from within connect()', async () => {
        const [learner] = [await started(1), await started(2)];
        let connecting = true;
        let reentered = false;
        learner.handler.onEvent = () => {
          reentered ||= connecting;
        };
        for (const id of [2, 3, 9]) learner.transport.connect(serverId(id));
        connecting = false;
        await until(() => learner.handler.events.length === 3, 'all connects have an outcome');
        expect(reentered).toBe(false);
      });

      it('keeps several links between two servers apart', async () => {
        const first = await linkedPair();
        const second = await linkBetween(first.learner, first.leader);
        expect(second.outgoing).not.toBe(first.outgoing);
        expect(second.incoming).not.toBe(first.incoming);
        first.learner.transport.send(first.outgoing, [commitOf(1)]);
        second.learner.transport.send(second.outgoing, [commitOf(2)]);
        await received(first.leader, first.incoming, 1);
        await received(first.leader, second.incoming, 1);
        first.leader.transport.closeLink(first.incoming);
        await until(() => first.learner.handler.isDown(first.outgoing), 'the first is down');
        second.leader.transport.send(second.incoming, [commitOf(3)]);
        await received(first.learner, second.outgoing, 1);
      });

      it('links both ways at once', async () => {
        const first = await linkedPair();
        const back = await linkBetween(first.leader, first.learner);
        first.learner.transport.send(first.outgoing, [commitOf(1)]);
        back.learner.transport.send(back.outgoing, [commitOf(2)]);
        await received(first.leader, first.incoming, 1);
        await received(first.learner, back.incoming, 1);
      });
    });

    describe('packets', () => {
      it('delivers every packet as it was sent, both ways', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        const packets = everyKindOfPacket();
        learner.transport.send(outgoing, packets);
        leader.transport.send(incoming, packets);
        await received(leader, incoming, packets.length);
        await received(learner, outgoing, packets.length);
        expect(comparable(leader.handler.packetsOn(incoming))).toEqual(comparable(packets));
        expect(comparable(learner.handler.packetsOn(outgoing))).toEqual(comparable(packets));
      });

      it('delivers packets in send order, across turns and sizes', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        const sent: QuorumPacket[] = [];
        for (let turn = 0; turn < 50; turn++) {
          const run = { type: 'PROPOSAL', txns: [txnOf(zxidOf(turn), turn % 10 === 0 ? 300_000 : 40)] } as const;
          const batch: QuorumPacket[] = [run, commitOf(turn)];
          sent.push(...batch);
          learner.transport.send(outgoing, batch);
          if (turn % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        await received(leader, incoming, sent.length);
        expect(comparable(leader.handler.packetsOn(incoming))).toEqual(comparable(sent));
      });

      it('delivers what is sent in one turn of the loop in one batch', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        for (let i = 0; i < 5; i++) learner.transport.send(outgoing, [commitOf(i), commitOf(i)]);
        await received(leader, incoming, 10);
        expect(leader.handler.batches.map((batch) => batch.packets.length)).toEqual([10]);
      });

      it('gives the same packet object to several links', async () => {
        const { learner, leader, incoming } = await linkedPair();
        const third = await started(3);
        const other = await linkBetween(third, leader);
        const proposal: QuorumPacket = { type: 'PROPOSAL', txns: [txnOf(zxidOf(1), 100, 1)] };
        leader.transport.send(incoming, [proposal]);
        leader.transport.send(other.incoming, [commitOf(1), proposal]);
        await until(() => learner.handler.batches.length + third.handler.batches.length === 2, 'both have arrived');
        expect(learner.handler.batches[0]?.packets).toEqual([proposal]);
        expect(third.handler.batches[0]?.packets).toEqual([commitOf(1), proposal]);
      });

      it('never calls the handler from within send()', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        let sending = true;
        let reentered = false;
        for (const { handler } of [learner, leader]) {
          handler.onEvent = () => {
            reentered ||= sending;
          };
        }
        learner.transport.send(outgoing, [commitOf(1)]);
        leader.transport.send(incoming, [commitOf(1)]);
        sending = false;
        await received(leader, incoming, 1);
        await received(learner, outgoing, 1);
        expect(reentered).toBe(false);
      });

      it('ignores a send on a link that is down, or never was', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        leader.transport.closeLink(incoming);
        await until(() => learner.handler.isDown(outgoing), 'the link is down');
        learner.transport.send(outgoing, [commitOf(1)]);
        leader.transport.send(incoming, [commitOf(1)]);
        learner.transport.send(999 as LinkId, [commitOf(1)]);
        const again = await linkBetween(learner, leader);
        learner.transport.send(again.outgoing, [commitOf(2)]);
        await received(leader, again.incoming, 1);
        expect(leader.handler.batches).toEqual([{ link: again.incoming, packets: [commitOf(2)] }]);
      });

      it('counts queued bytes until they have left', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        const size = 100_000;
        learner.transport.send(outgoing, [{ type: 'PROPOSAL', txns: [txnOf(zxidOf(1), size)] }]);
        expect(learner.transport.queuedBytes(outgoing)).toBeGreaterThanOrEqual(size);
        expect(learner.transport.queuedBytes(outgoing)).toBeLessThan(size * 1.1);
        await received(leader, incoming, 1);
        await until(() => learner.transport.queuedBytes(outgoing) === 0, 'nothing is queued');
      });

      it('resolves drained() when few enough bytes are queued', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        await learner.transport.drained(outgoing, 0);
        for (let i = 0; i < 20; i++) {
          learner.transport.send(outgoing, [{ type: 'PROPOSAL', txns: [txnOf(zxidOf(i), 200_000)] }]);
        }
        await learner.transport.drained(outgoing, 100_000);
        expect(learner.transport.queuedBytes(outgoing)).toBeLessThanOrEqual(100_000);
        await learner.transport.drained(outgoing, 0);
        expect(learner.transport.queuedBytes(outgoing)).toBe(0);
        await received(leader, incoming, 20);
      });

      it('resolves drained() when the link is down, or goes down', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        learner.transport.send(outgoing, [{ type: 'PROPOSAL', txns: [txnOf(zxidOf(1), 500_000)] }]);
        const waiting = learner.transport.drained(outgoing, 0);
        learner.transport.closeLink(outgoing);
        await waiting;
        await learner.transport.drained(outgoing, 0);
        expect(learner.transport.queuedBytes(outgoing)).toBe(0);
        await until(() => leader.handler.isDown(incoming), 'the peer sees the link down');
      });
    });

    describe('ends of links', () => {
      it('tells the peer of a closed link, and not the one that closed it', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        learner.transport.closeLink(outgoing);
        learner.transport.closeLink(outgoing);
        await until(() => leader.handler.isDown(incoming), 'the peer sees the link down');
        await linkBetween(learner, leader);
        expect(learner.handler.downs).toEqual([]);
        expect(leader.handler.downs).toHaveLength(1);
      });

      it('delivers nothing on a link that the server closed itself', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        leader.transport.send(incoming, [commitOf(1)]);
        learner.transport.closeLink(outgoing);
        await until(() => leader.handler.isDown(incoming), 'the peer sees the link down');
        await linkBetween(learner, leader);
        expect(learner.handler.batches).toEqual([]);
      });

      it('may close a link that is still being dialled', async () => {
        const [learner, leader] = [await started(1), await started(2)];
        learner.transport.closeLink(learner.transport.connect(serverId(2)));
        const { outgoing } = await linkBetween(learner, leader);
        expect(learner.handler.events).toEqual([`up ${outgoing}`]);
      });

      it('tells both ends of a broken connection, each once, and nothing after that', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        learner.transport.send(outgoing, [commitOf(1)]);
        await received(leader, incoming, 1);
        fixture.sever(serverId(1), serverId(2));
        learner.transport.send(outgoing, [commitOf(2)]);
        await until(() => learner.handler.isDown(outgoing) && leader.handler.isDown(incoming), 'both ends are down');
        fixture.heal(serverId(1), serverId(2));
        const again = await linkBetween(learner, leader);
        expect(learner.handler.events).toEqual([`up ${outgoing}`, `down ${outgoing}`, `up ${again.outgoing}`]);
        const tail = leader.handler.events.slice(leader.handler.events.indexOf(`down ${incoming}`));
        expect(tail).toEqual([`down ${incoming}`, `up ${again.incoming}`]);
      });

      it('closes links to servers that left the ensemble, and connects to new ones', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        const fourth = await started(4, ensembleOf([2, 3, 4]));
        leader.transport.setEnsemble(ensembleOf([2, 3, 4], 1n));
        expect(leader.handler.downs).toEqual([]);
        await until(() => learner.handler.isDown(outgoing) && leader.handler.isDown(incoming), 'both ends are down');
        await linkBetween(fourth, leader);
        await linkBetween(leader, fourth);
      });

      it('delivers what was sent before a change of the ensemble closed the link', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        leader.transport.send(incoming, [commitOf(1)]);
        leader.transport.setEnsemble(ensembleOf([2, 3], 1n));
        await until(() => learner.handler.isDown(outgoing), 'the link is down');
        expect(learner.handler.packetsOn(outgoing)).toEqual([commitOf(1)]);
      });

      it('links a server that left the ensemble when it dials again, and does not dial it', async () => {
        const { learner, leader, outgoing } = await linkedPair();
        leader.transport.setEnsemble(ensembleOf([2, 3], 1n));
        await until(() => learner.handler.isDown(outgoing), 'the link is down');
        await linkBetween(learner, leader);
        const failed = leader.transport.connect(serverId(1));
        await until(() => leader.handler.isDown(failed), 'the connect has failed');
      });

      it('keeps links to servers that come into the ensemble, and to those that stay outside it', async () => {
        const { leader } = await linkedPair();
        const joiner = await linkBetween(await started(4, ensembleOf([2, 4])), leader);
        leader.transport.setEnsemble(ensembleOf([1, 2], 1n));
        leader.transport.setEnsemble(ensembleOf([1, 2, 4], 2n));
        leader.transport.send(joiner.incoming, [commitOf(1)]);
        await received(joiner.learner, joiner.outgoing, 1);
        expect(leader.handler.isDown(joiner.incoming)).toBe(false);
        await linkBetween(leader, joiner.learner);
      });
    });

    describe('close', () => {
      it('does not call the handler once close() has resolved, and tells the peers', async () => {
        const { learner, leader, outgoing, incoming } = await linkedPair();
        leader.transport.send(incoming, [commitOf(1)]);
        learner.transport.connect(serverId(3));
        await learner.transport.close();
        const { length } = learner.handler.events;
        await until(() => leader.handler.isDown(incoming), 'the peer sees the link down');
        leader.transport.send(incoming, [commitOf(2)]);
        await linkBetween(await started(3), leader);
        expect(learner.handler.events).toHaveLength(length);
        expect(learner.handler.downs).toEqual([]);
        expect(learner.transport.queuedBytes(outgoing)).toBe(0);
      });

      it('may be closed twice, and without having started', async () => {
        const { transport } = await started(1);
        await Promise.all([transport.close(), transport.close()]);
        await transport.close();
        const idle = await fixture.create(serverId(1), ensembleOf([1, 2, 3]));
        await idle.close();
      });

      it('lets the next transport of the server listen again', async () => {
        const { leader, learner } = await linkedPair();
        await leader.transport.close();
        await linkBetween(learner, await started(2));
      });
    });

    snapshotCompliance(() => ({ linkedPair, sever: (a, b) => fixture.sever(serverId(a), serverId(b)) }));
  });
}

const zxidOf = (counter: number): Zxid => makeZxid(epoch(1), counter);
