// The zxids of an epoch are used up, and the leader goes on in a new one (docs/decisions/0007-the-epoch-rolls-over.md): nobody elects, no client is cut off,
// and each write is answered. Epochs of these ensembles have five zxids.

import { ErrorCode } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type EnsembleSpecification, type FakeEnsemble, TICK_MS } from './harness/ensemble.ts';
import { connected, established as establishedWith, LEADER, LONG, serving, votes } from './harness/established.ts';

const established = (specification: Partial<EnsembleSpecification> = {}): FakeEnsemble =>
  establishedWith({ lastCounter: 5, ...specification });

const epochs = (ensemble: FakeEnsemble): number[] =>
  [...ensemble.servers.values()].map(({ peer }) => peer?.view().epoch ?? -1);

describe('an epoch whose zxids are used up', () => {
  it.each([
    ['a follower', 1, false],
    ['the leader', LEADER, false],
    ['an observer', 4, false],
    ['an observer at a follower', 4, true],
  ])('is followed by the next, under the same leader, and no client of %s notices', (_, id, masters) => {
    const ensemble = established({ observers: 1, observerOptions: { masters } });
    const client = connected(ensemble, id);
    for (let count = 0; count < 20; count++)
      expect(client.await(client.create(`/n${count}`)).error, `write ${count}`).toBe(ErrorCode.OK);
    expect(client.closed).toBe(false);
    expect(votes(ensemble)).toBe(0);
    ensemble.run({ limitMs: 2 * TICK_MS });
    // Session and writes: 21 txns, five to each epoch.
    expect(epochs(ensemble)).toEqual([5, 5, 5, 5]);
    const zxids = [...ensemble.servers.values()].map(({ peer }) => peer?.view().lastZxid);
    expect(zxids).toEqual(zxids.map(() => 0x500000001n));
    const digests = [...ensemble.servers.values()].map(({ peer }) => peer?.view().treeDigest);
    expect(new Set(digests).size).toBe(1);
  });

  it('answers pipelined writes and reads of all servers in order, across many epochs', () => {
    const ensemble = established();
    const clients = [1, 2, 3].map((id) => connected(ensemble, id));
    const asked = clients.map((client, index) =>
      Array.from({ length: 15 }, (_each, count) => [
        client.create(`/c${index}-${count}`),
        client.getData(`/c${index}-${count}`),
        client.sync(),
      ]).flat(),
    );
    ensemble.run({
      until: () => clients.every((client, index) => client.poll().length === asked[index]?.length),
      ...LONG,
    });
    clients.forEach((client, index) => {
      expect(client.replies.map(({ xid }) => xid)).toEqual(asked[index]);
      expect(client.replies.every(({ error }) => error === ErrorCode.OK)).toBe(true);
    });
    expect(votes(ensemble)).toBe(0);
  });

  it('takes observers at followers along, who miss nothing and ask for nothing twice', () => {
    const ensemble = established({ observers: 4, observerOptions: { masters: true } });
    const clients = [4, 5, 6, 7, 1, LEADER].map((id) => connected(ensemble, id));
    for (let round = 0; round < 6; round++) {
      const asked = clients.map((client, index) => client.create(`/c${index}-${round}`));
      clients.forEach((client, index) => {
        expect(client.await(asked[index] as number).error).toBe(ErrorCode.OK);
        client.await(client.sync());
        for (let other = 0; other <= index; other++)
          expect(client.await(client.getData(`/c${other}-${round}`)).error).toBe(ErrorCode.OK);
      });
    }
    expect(clients.map(({ closed }) => closed)).toEqual(clients.map(() => false));
    expect(votes(ensemble)).toBe(0);
    ensemble.run({ limitMs: 2 * TICK_MS });
    expect(new Set(epochs(ensemble)).size).toBe(1);
    expect(ensemble.peer(LEADER).view().learners).toHaveLength(2);
    const digests = [...ensemble.servers.values()].map(({ peer }) => peer?.view().treeDigest);
    expect(new Set(digests).size).toBe(1);
  });

  it('rolls over where there is one server alone in its ensemble', () => {
    const ensemble = established({ voters: 1 });
    const client = connected(ensemble, 1);
    for (let count = 0; count < 12; count++) expect(client.await(client.create(`/n${count}`)).error).toBe(ErrorCode.OK);
    expect(client.closed).toBe(false);
    expect(epochs(ensemble)).toEqual([3]);
  });

  it('is found again by whoever restarts', () => {
    const ensemble = established();
    const client = connected(ensemble, 1);
    for (let count = 0; count < 12; count++) client.await(client.create(`/n${count}`));
    for (const id of [1, 2, 3]) ensemble.crash(id);
    ensemble.start();
    serving(ensemble, 1, 2, 3);
    const again = connected(ensemble, 2);
    for (let count = 0; count < 12; count++) expect(again.await(again.getData(`/n${count}`)).error).toBe(ErrorCode.OK);
  });

  it('takes in who comes while it rolls over', () => {
    for (let turns = 0; turns < 12; turns++) {
      const ensemble = established();
      ensemble.crash(2);
      const client = connected(ensemble, 1);
      for (let count = 0; count < 4; count++) client.await(client.create(`/n${count}`));
      // The next one needs a new epoch.
      const xid = client.create('/next');
      ensemble.start(2);
      for (let turn = 0; turn < turns; turn++) ensemble.turn();
      expect(client.await(xid).error).toBe(ErrorCode.OK);
      serving(ensemble, 2);
      ensemble.run({ limitMs: 2 * TICK_MS });
      expect(epochs(ensemble)).toEqual([2, 2, 2]);
    }
  });
});

describe('when the rollover goes wrong', () => {
  it.each([
    ['the leader crashes', (ensemble: FakeEnsemble) => ensemble.crash(LEADER)],
    ['a follower crashes', (ensemble: FakeEnsemble) => ensemble.crash(1)],
    ['the leader is cut off', (ensemble: FakeEnsemble) => ensemble.isolate(LEADER)],
    ['the leader loses a link', (ensemble: FakeEnsemble) => lose(ensemble, LEADER, 1)],
    ['the leader loses both links', (ensemble: FakeEnsemble) => [1, 2].map((id) => lose(ensemble, LEADER, id))],
  ])('%s, at any moment: what was answered is kept, and the rest go on', (_, breaks) => {
    for (let turns = 0; turns < 26; turns++) {
      const ensemble = established();
      const client = connected(ensemble, 2);
      for (let count = 0; count < 4; count++) client.await(client.create(`/n${count}`));
      const xid = client.create('/next');
      for (let turn = 0; turn < turns; turn++) ensemble.turn();
      breaks(ensemble);
      const isUp = (): boolean => ensemble.peer(2).serving && [...ensemble.servers.values()].some(leads);
      const leads = ({ id, peer }: { readonly id: number; readonly peer: unknown }): boolean =>
        peer !== undefined && ensemble.peer(id).view().leader === id && ensemble.peer(2).view().leader === id;
      ensemble.run({ until: isUp, ...LONG });
      ensemble.run({ limitMs: 10 * TICK_MS });
      serving(ensemble, 2);
      const again = connected(ensemble, 2, client);
      for (let count = 0; count < 4; count++) expect(again.await(again.getData(`/n${count}`)).error).toBe(ErrorCode.OK);
      if (client.reply(xid)?.error === ErrorCode.OK)
        expect(again.await(again.getData('/next')).error, `after ${turns} turns`).toBe(ErrorCode.OK);
      expect(again.await(again.create('/after')).error).toBe(ErrorCode.OK);
    }
  });
});

/** Their link breaks, and what is on its way is gone. */
function lose(ensemble: FakeEnsemble, one: number, other: number): void {
  ensemble.cut(one, other);
  ensemble.heal();
}
