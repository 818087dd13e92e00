// Leadership is handed over on request (docs/decisions/0006-leadership-is-handed-over.md): at the end another server leads, nobody has elected, and no client
// lost its session or a write that was answered.

import type { TransferOutcome } from '@zebu/interfaces';
import { CreateMode, ErrorCode, type ServerId } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { FakeEnsemble, TICK_MS } from './harness/ensemble.ts';
import { connected, established, LEADER, LONG, serving, votes } from './harness/established.ts';

function transfer(ensemble: FakeEnsemble, id: number, to?: number, leaves = false): void {
  ensemble.post(ensemble.server(id), { type: 'transferLeadership', to: to as ServerId | undefined, leaves });
}

function outcome(ensemble: FakeEnsemble, id: number): TransferOutcome {
  const { transfers } = ensemble.server(id);
  ensemble.run({ until: () => transfers.length > 0, ...LONG });
  return transfers[0] as TransferOutcome;
}

const states = (ensemble: FakeEnsemble): string[] =>
  [...ensemble.servers.values()].map(({ peer }) => peer?.view().state ?? 'down');

describe('a leader that is asked to hand over', () => {
  it('follows the server that was asked for, and nobody elects', () => {
    const ensemble = established({ observers: 1 });
    transfer(ensemble, LEADER, 1);
    expect(outcome(ensemble, LEADER)).toEqual({ ok: true, successor: 1 });
    serving(ensemble, 1, 2, 3, 4);
    expect(states(ensemble)).toEqual(['LEADING', 'FOLLOWING', 'FOLLOWING', 'OBSERVING']);
    expect(votes(ensemble)).toBe(0);
    expect(ensemble.peer(1).view().epoch).toBe(2);
  });

  it('takes less than half a tick: nobody waits for a time-out', () => {
    const ensemble = established();
    const before = ensemble.now;
    transfer(ensemble, LEADER);
    serving(ensemble, 1, 2, 3);
    expect(ensemble.leader()?.id).toBe(2);
    expect(ensemble.now - before).toBeLessThan(TICK_MS / 2);
  });

  it('answers writes that were proposed, and keeps sessions, their ephemerals and watches', () => {
    const ensemble = established();
    const client = connected(ensemble, 1);
    client.await(client.create('/e', '', CreateMode.EPHEMERAL));
    const xid = client.create('/outstanding');
    // The write is on its way to the leader when that is asked to go.
    ensemble.turn();
    transfer(ensemble, LEADER, 2);
    ensemble.run({ until: () => client.closed, ...LONG });
    expect(client.reply(xid)?.error).toBe(ErrorCode.OK);
    serving(ensemble, 1, 2, 3);
    const again = connected(ensemble, 1, client);
    expect(again.sessionId).toBe(client.sessionId);
    expect(again.await(again.getData('/outstanding')).error).toBe(ErrorCode.OK);
    expect(again.await(again.getData('/e')).error).toBe(ErrorCode.OK);
    expect(again.await(again.create('/later')).error).toBe(ErrorCode.OK);
  });

  it('answers a write or closes the connection, whenever it comes; what was answered is kept', () => {
    for (let turns = 0; turns < 25; turns++) {
      const ensemble = established();
      const clients = [1, 2, 3].map((id) => connected(ensemble, id));
      transfer(ensemble, LEADER, 1);
      for (let turn = 0; turn < turns; turn++) ensemble.turn();
      const writes = clients.map((client, index) => ({ client, path: `/w${index}`, xid: client.create(`/w${index}`) }));
      serving(ensemble, 1, 2, 3);
      ensemble.run({ limitMs: 2 * TICK_MS });
      const reader = connected(ensemble, 2);
      reader.await(reader.sync());
      for (const { client, path, xid } of writes) {
        const error = client.reply(xid)?.error;
        expect(error !== undefined || client.closed, `${path} after ${turns} turns`).toBe(true);
        if (error === ErrorCode.OK) expect(reader.await(reader.getData(path)).error).toBe(ErrorCode.OK);
      }
    }
  });

  it('may be asked again and again', () => {
    const ensemble = established();
    for (const [from, to] of [
      [3, 1],
      [1, 2],
      [2, 3],
    ] as const) {
      ensemble.server(from).transfers.length = 0;
      transfer(ensemble, from, to);
      expect(outcome(ensemble, from)).toEqual({ ok: true, successor: to });
      serving(ensemble, 1, 2, 3);
      const client = connected(ensemble, to);
      expect(client.await(client.create(`/by${to}`)).error).toBe(ErrorCode.OK);
    }
    expect(votes(ensemble)).toBe(0);
  });
});

/** Their links break, and what is on its way is gone. */
function lose(ensemble: FakeEnsemble, one: number, other: number): void {
  ensemble.cut(one, other);
  ensemble.heal();
}

describe('when the handover goes wrong', () => {
  it.each([
    ['the successor crashes', (ensemble: FakeEnsemble) => ensemble.crash(1)],
    ['the successor is cut off', (ensemble: FakeEnsemble) => ensemble.isolate(1)],
    ['the old leader crashes', (ensemble: FakeEnsemble) => ensemble.crash(3)],
    ['only the successor hears of it', (ensemble: FakeEnsemble) => lose(ensemble, 3, 2)],
    ['only the others hear of it', (ensemble: FakeEnsemble) => lose(ensemble, 3, 1)],
  ])('%s, at any moment: the others elect', (_, breaks) => {
    for (let turns = 0; turns < 20; turns++) {
      const ensemble = established();
      const client = connected(ensemble, 2);
      expect(client.await(client.create('/before')).error).toBe(ErrorCode.OK);
      transfer(ensemble, 3, 1);
      for (let turn = 0; turn < turns; turn++) ensemble.turn();
      breaks(ensemble);
      const before = ensemble.now;
      ensemble.run({ until: () => ensemble.leader() !== undefined && ensemble.peer(2).serving, ...LONG });
      // Not initLimit, which is ten ticks.
      expect(ensemble.now - before, `after ${turns} turns`).toBeLessThan(8 * TICK_MS);
      const again = connected(ensemble, 2, client);
      expect(again.await(again.getData('/before')).error).toBe(ErrorCode.OK);
      expect(again.await(again.create('/after')).error).toBe(ErrorCode.OK);
    }
  });

  it('a failed disk ends it as any leading', () => {
    const ensemble = established();
    const client = connected(ensemble, 2);
    client.create('/outstanding');
    for (let turn = 0; turn < 3; turn++) ensemble.turn();
    transfer(ensemble, LEADER);
    ensemble.post(ensemble.server(LEADER), { type: 'storageFailed', reason: 'EIO' });
    expect(outcome(ensemble, LEADER)).toEqual({ ok: false, reason: 'a write to disk failed: EIO' });
  });
});

describe('a transfer is refused', () => {
  it('by who does not lead', () => {
    const ensemble = established();
    transfer(ensemble, 1);
    expect(outcome(ensemble, 1)).toEqual({ ok: false, reason: 'this server does not lead, server 3 does' });
    ensemble.isolate(2);
    ensemble.run({ until: () => ensemble.peer(2).view().state === 'LOOKING', ...LONG });
    transfer(ensemble, 2);
    expect(outcome(ensemble, 2)).toEqual({ ok: false, reason: 'this server does not lead, it looks for a leader' });
  });

  it('by a server that stands alone', () => {
    const ensemble = new FakeEnsemble({ voters: 1, standalone: true });
    ensemble.start();
    transfer(ensemble, 1);
    expect(outcome(ensemble, 1)).toEqual({ ok: false, reason: 'this server stands alone' });
  });

  it('and nothing has changed then', () => {
    const ensemble = established();
    const client = connected(ensemble, 1);
    transfer(ensemble, LEADER, LEADER);
    expect(outcome(ensemble, LEADER)).toEqual({ ok: false, reason: 'this server leads already' });
    expect(client.await(client.create('/n')).error).toBe(ErrorCode.OK);
    expect(client.closed).toBe(false);
  });
});
