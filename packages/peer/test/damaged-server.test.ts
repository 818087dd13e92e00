// Servers that lost a part of their history, among others and too many at once (docs/decisions/0008).

import type { Logger } from '@zebu/interfaces';
import { ErrorCode, makeZxid, type Notification, type ServerId, type Epoch } from '@zebu/protocol';
import { Membership } from '@zebu/quorum';
import { parseEnsembleText } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { AbsentQuorum } from '../src/absent-quorum.ts';
import { FakeEnsemble, TICK_MS } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

const allServe = (ensemble: FakeEnsemble, ...ids: number[]) => ({
  until: () => ids.every((id) => ensemble.server(id).peer?.serving === true),
  limitMs: 100 * TICK_MS,
});

function written(): { ensemble: FakeEnsemble; client: TestClient } {
  const ensemble = new FakeEnsemble({ voters: 3 });
  ensemble.start();
  ensemble.run(allServe(ensemble, 1, 2, 3));
  const client = new TestClient(ensemble, 3);
  client.connect();
  expect(client.await(client.create('/a')).error).toBe(ErrorCode.OK);
  ensemble.run();
  return { ensemble, client };
}

/** It comes back with nothing but the mark. */
function damage(ensemble: FakeEnsemble, id: number): void {
  ensemble.crash(id);
  const { disk } = ensemble.server(id);
  Object.assign(disk, { damaged: true, log: [], flushedCount: 0, snapshots: [], base: -1n });
  ensemble.start(id);
}

describe('a damaged server', () => {
  it('heals, is counted from then on, and has everything', () => {
    const { ensemble } = written();
    damage(ensemble, 1);
    ensemble.run(allServe(ensemble, 1, 2, 3));
    expect(ensemble.server(1).disk.damaged).toBe(false);
    ensemble.crash(2);
    const client = new TestClient(ensemble, 3);
    client.connect();
    expect(client.await(client.create('/b')).error).toBe(ErrorCode.OK);
    ensemble.run();
    expect(ensemble.peer(1).view().treeDigest).toBe(ensemble.peer(3).view().treeDigest);
  });

  it('forms no quorum with a healthy one', () => {
    const { ensemble } = written();
    ensemble.crash(2);
    damage(ensemble, 1);
    ensemble.run({ until: () => false, limitMs: 50 * TICK_MS, mayRunOut: true });
    expect(ensemble.peer(1).serving || ensemble.peer(3).serving).toBe(false);
    expect(ensemble.server(1).disk.damaged).toBe(true);
    ensemble.start(2);
    ensemble.run(allServe(ensemble, 1, 2, 3));
  });

  it('that was synced in part and lost its leader is as damaged as before', () => {
    const { ensemble } = written();
    ensemble.crash(1);
    ensemble.crash(2);
    const { disk } = ensemble.server(1);
    disk.damaged = true;
    ensemble.start(1);
    ensemble.run({ until: () => false, limitMs: 50 * TICK_MS, mayRunOut: true });
    expect(ensemble.peer(3).serving).toBe(false);
    expect(ensemble.leader()).toBeUndefined();
  });
});

describe('when too few are left', () => {
  const membership = new Membership(
    parseEnsembleText(
      [1, 2, 3]
        .map((id) => `server.${id}=127.0.0.1:2${id}:3${id}:participant`)
        .join('\n')
        .concat('\nversion=0'),
    ),
  );
  const says = (zxid: bigint, state: Notification['state'] = 'LOOKING'): Notification => ({
    state,
    vote: { leader: 1 as ServerId, zxid: zxid as never, peerEpoch: 1 as Epoch },
    electionEpoch: 1n,
    configVersion: 0n,
  });
  const errors: string[] = [];
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (message) => void errors.push(message),
  };

  it('it is said once who is missing and what to do, and again after it was otherwise', () => {
    const absent = new AbsentQuorum(logger);
    absent.onLooking(3 as ServerId, true, membership);
    absent.onNotification(1 as ServerId, says(-1n), membership);
    absent.onNotification(9 as ServerId, says(-1n), membership);
    expect(errors).toEqual([]);
    absent.onNotification(2 as ServerId, says(-1n), membership);
    absent.onNotification(2 as ServerId, says(-1n), membership);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/servers 1, 2 are damaged or hold no history.*zebu-server recover/);
    absent.onNotification(2 as ServerId, says(makeZxid(1 as Epoch, 1)), membership);
    absent.onNotification(2 as ServerId, says(-1n), membership);
    expect(errors).toHaveLength(2);
    absent.onRole();
    absent.onNotification(2 as ServerId, says(-1n, 'FOLLOWING'), membership);
    expect(errors).toHaveLength(2);
  });
});
