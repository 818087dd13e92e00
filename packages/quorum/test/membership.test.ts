import type { Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { Membership } from '../src/index.ts';
import { ensembleOf, sid, sids } from './fixtures.ts';

const version = (number: bigint, participants: number[], observers: number[] = []) => ({
  ...ensembleOf(participants, observers),
  version: number,
});
const first = version(0n, [1, 2, 3]);
const second = version(5n, [3, 4, 5], [1]);
const third = version(9n, [4, 5, 6]);
const versionsOf = ({ inForce, pending }: Membership) => [inForce.version, pending?.version];

describe('Membership', () => {
  it('needs quorums of both while a configuration is proposed, and of the new one alone from when it is committed', () => {
    const joint = new Membership(first).propose(second);
    expect(joint.verifier.containsQuorum(new Set(sids(1, 2, 4)))).toBe(false);
    expect(joint.verifier.containsQuorum(new Set(sids(1, 3, 4)))).toBe(true);
    const after = joint.commit(5n);
    expect(versionsOf(after)).toEqual([5n, undefined]);
    expect(after.verifier.containsQuorum(new Set(sids(4, 5)))).toBe(true);
  });

  it('does not take a proposal for committed because older txns are', () => {
    expect(versionsOf(new Membership(first).propose(second).commit(4n))).toEqual([0n, 5n]);
  });

  it('knows that a proposal is committed once another follows it, and ignores one that it has seen', () => {
    const membership = new Membership(first).propose(second).propose(third);
    expect(versionsOf(membership)).toEqual([5n, 9n]);
    expect(membership.propose(second)).toBe(membership);
  });

  it('forgets a proposal that is cut from the log, and no committed one', () => {
    const membership = new Membership(first).propose(second);
    expect(versionsOf(membership.truncate(4n as Zxid))).toEqual([0n, undefined]);
    expect(membership.truncate(5n as Zxid)).toBe(membership);
    expect(versionsOf(membership.commit(5n).truncate(4n as Zxid))).toEqual([5n, undefined]);
  });

  it('takes over what others know to be in force, unless it is old news', () => {
    expect(versionsOf(new Membership(first).adopt(second))).toEqual([5n, undefined]);
    expect(versionsOf(new Membership(first).propose(second).adopt(second))).toEqual([5n, undefined]);
    expect(versionsOf(new Membership(first).propose(third).adopt(second))).toEqual([5n, 9n]);
    const membership = new Membership(second);
    expect(membership.adopt(first)).toBe(membership);
  });

  it('gives everybody of both a voice, at the addresses in force', () => {
    const moved = new Map(
      [...second.servers].map(([id, server]) => [id, { ...server, clientAddress: { host: 'x', port: 1 } }]),
    );
    const { everybody } = new Membership(first).propose({ ...second, servers: moved });
    expect([...everybody.servers.values()].map(({ id, role }) => `${id} ${role}`)).toEqual([
      '1 participant',
      '2 participant',
      '3 participant',
      '4 participant',
      '5 participant',
    ]);
    expect(everybody.servers.get(sid(3))).toEqual(first.servers.get(sid(3)));
    expect(everybody.version).toBe(0n);
  });

  it('takes for an observer whom every configuration lists as one, not a stranger', () => {
    const membership = new Membership(second);
    expect(sids(1, 3, 9).map((server) => membership.observes(server))).toEqual([true, false, false]);
    expect(membership.propose(version(7n, [1, 3])).observes(sid(1))).toBe(false);
  });
});

describe('an oracle', () => {
  const two = version(0n, [1, 2]);
  const quorums = (membership: Membership): boolean[] =>
    [sids(1), sids(2), sids(1, 2), []].map((servers) => membership.verifier.containsQuorum(new Set(servers)));

  it('makes one of two voters a quorum, and takes that back', () => {
    const membership = new Membership(two);
    expect(quorums(membership)).toEqual([false, false, true, false]);
    const granted = membership.grant(sid(1));
    expect(quorums(granted)).toEqual([true, false, true, false]);
    expect(granted.grant(sid(1))).toBe(granted);
    expect(quorums(granted.grant(undefined))).toEqual([false, false, true, false]);
  });

  it('has no say where there are not two voters of equal votes, or for who has none', () => {
    for (const ensemble of [version(0n, [1]), version(0n, [1, 2, 3]), version(0n, [2, 3], [1])])
      expect(new Membership(ensemble).grant(sid(1)).verifier.containsQuorum(new Set(sids(1)))).toBe(
        ensemble.servers.size === 1,
      );
    const groups = new Map([[1, sids(1, 2)]]);
    const weights = new Map([[sid(1), 1] as const, [sid(2), 1] as const]);
    const weighed = new Membership({ ...two, hierarchy: { groups, weights } }).grant(sid(1));
    expect(weighed.verifier.containsQuorum(new Set(sids(1)))).toBe(false);
  });

  it('says for each of two configurations alone', () => {
    const joint = new Membership(two).grant(sid(1)).propose(version(5n, [1, 2, 3]));
    expect(joint.alone).toBe(1);
    expect(joint.verifier.containsQuorum(new Set(sids(1)))).toBe(false);
    expect(joint.verifier.containsQuorum(new Set(sids(1, 3)))).toBe(true);
    expect(joint.commit(5n).alone).toBe(1);
    expect(joint.truncate(4n as Zxid).alone).toBe(1);
    expect(joint.adopt(version(9n, [1, 2])).alone).toBe(1);
  });
});
