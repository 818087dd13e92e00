// Who stands for election by a reconfig that is not known to be committed (docs/decisions/0005-the-log-knows-the-ensemble.md).

import type { Ensemble, Notification, ServerId, Vote, Zxid } from '@zebu/protocol';
import { type Epoch, makeZxid } from '@zebu/protocol';
import { Membership } from '@zebu/quorum';
import { describe, expect, it } from 'vitest';
import { Candidacy } from '../src/candidacy.ts';

const TURN_MS = 100;
const NEW = 4 as ServerId;
const OLD = 3 as ServerId;

const ensemble = (ids: readonly number[], version: bigint): Ensemble => {
  const address = { host: '127.0.0.1', port: 1 };
  const servers = ids.map((number) => {
    const id = number as ServerId;
    return [id, { id, role: 'participant', quorumAddress: address, electionAddress: address }] as const;
  });
  return { version, servers: new Map(servers) };
};

const zxid = (counter: number): Zxid => makeZxid(2 as Epoch, counter);
const vote = (leader: ServerId, counter: number): Vote => ({ leader, zxid: zxid(counter), peerEpoch: 2 as Epoch });
const says = (its: Vote): Notification => ({ state: 'LOOKING', vote: its, electionEpoch: 1n, configVersion: 0n });

const PENDING = new Membership(ensemble([1, 2, 3], 0n), ensemble([3, 4, 5], zxid(1)));
const SETTLED = PENDING.commit(zxid(1));

function candidacyOf(self: ServerId): { candidacy: Candidacy; stands: (membership?: Membership) => boolean } {
  const candidacy = new Candidacy(self, TURN_MS, { below: () => 0 });
  const stands = (membership = PENDING): boolean =>
    candidacy.verifierFor(membership, membership.verifier).weightOf(self) > 0;
  return { candidacy, stands };
}

describe('a server that votes by a pending reconfig alone', () => {
  it('stands back, counts like any other, and stands once the reconfig is committed', () => {
    const { candidacy, stands } = candidacyOf(NEW);
    const verifier = candidacy.verifierFor(PENDING, PENDING.verifier);
    expect(verifier.voters).toEqual(PENDING.verifier.voters);
    expect(verifier.weightOf(OLD)).toBe(1);
    expect(verifier.containsQuorum(new Set([2, 3, 4] as ServerId[]))).toBe(true);
    expect(stands()).toBe(false);
    expect(stands(SETTLED)).toBe(true);
  });

  it('stands when a leader came to nothing, and stands back when it does itself', () => {
    const { candidacy, stands } = candidacyOf(NEW);
    candidacy.onLooking(vote(NEW, 5), PENDING, 0);
    candidacy.onRole();
    candidacy.onRoleEnded();
    expect(stands()).toBe(true);
    candidacy.onRole();
    candidacy.onRoleEnded();
    expect(stands()).toBe(false);
  });

  it('does not stand after a leader that was established', () => {
    const { candidacy, stands } = candidacyOf(NEW);
    candidacy.onRole();
    candidacy.onEstablished();
    candidacy.onRoleEnded();
    expect(stands()).toBe(false);
  });

  it('takes turns while it looks in vain', () => {
    const { candidacy, stands } = candidacyOf(NEW);
    for (const [turn, expected] of [true, false, true].entries()) {
      candidacy.onLooking(vote(NEW, 5), PENDING, turn * TURN_MS);
      const endsAt = candidacy.nextWakeup() as number;
      expect(endsAt).toBe((turn + 1) * TURN_MS);
      candidacy.maybeTakeTurns(endsAt - 1);
      expect(stands()).toBe(!expected);
      candidacy.maybeTakeTurns(endsAt);
      expect(stands()).toBe(expected);
    }
  });

  it.each([
    ['less', vote(OLD, 4), true],
    ['as much', vote(OLD, 5), false],
    ['more', vote(OLD, 6), false],
    ['an earlier epoch', { ...vote(OLD, 6), peerEpoch: 1 as Epoch }, true],
  ])('where a voter of the configuration in force holds %s', (_, others, expected) => {
    const { candidacy, stands } = candidacyOf(NEW);
    candidacy.onLooking(vote(NEW, 5), PENDING, 0);
    candidacy.onNotification(says(others), PENDING);
    candidacy.onNotification(says(vote(5 as ServerId, 9)), PENDING);
    candidacy.maybeTakeTurns(TURN_MS);
    expect(stands()).toBe(expected);
  });

  it('is woken only while it looks, and only while it depends on that reconfig', () => {
    const { candidacy } = candidacyOf(NEW);
    candidacy.onLooking(vote(NEW, 5), SETTLED, 0);
    expect(candidacy.nextWakeup()).toBeUndefined();
    candidacy.onLooking(vote(NEW, 5), PENDING, 0);
    candidacy.onRole();
    expect(candidacy.nextWakeup()).toBeUndefined();
  });
});

it('a voter of the configuration in force always stands', () => {
  const { candidacy, stands } = candidacyOf(OLD);
  candidacy.onLooking(vote(OLD, 5), PENDING, 0);
  expect([stands(), candidacy.nextWakeup()]).toEqual([true, undefined]);
});
