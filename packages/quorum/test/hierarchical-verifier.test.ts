import type { Ensemble } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { createJointVerifier, createMajorityVerifier, createQuorumVerifier } from '../src/index.ts';
import { ensembleOf, sid, sids, subsetsOf } from './fixtures.ts';

function grouped(groups: readonly (readonly number[])[], weights: Readonly<Record<number, number>> = {}): Ensemble {
  const ids = groups.flat();
  const weightOf = (id: number): number => weights[id] ?? 1;
  return {
    ...ensembleOf(ids, [8]),
    hierarchy: {
      groups: new Map(groups.map((members, index) => [index + 1, members.map(sid)])),
      weights: new Map(ids.map((id) => [sid(id), weightOf(id)])),
    },
  };
}

describe('quorums of groups and weights', () => {
  it('are more than half of the weight in more than half of the groups (every subset, three groups of three)', () => {
    const groups = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 9, 10],
    ];
    const verifier = createQuorumVerifier(grouped(groups, { 1: 3, 5: 2 }));
    const weightOf = (id: number): number => ({ 1: 3, 5: 2 })[id] ?? 1;
    for (const subset of subsetsOf(sids(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))) {
      const agreeing = groups.filter((members) => {
        const sum = (ids: readonly number[]): number => ids.reduce((total, id) => total + weightOf(id), 0);
        return sum(members.filter((id) => subset.includes(sid(id)))) > sum(members) / 2;
      });
      expect(verifier.containsQuorum(new Set(subset))).toBe(agreeing.length >= 2);
    }
  });

  it('leave out a server without a weight, which neither votes nor leads', () => {
    const verifier = createQuorumVerifier(grouped([[1, 2], [3]], { 2: 0 }));
    expect([...verifier.voters]).toEqual([1, 3]);
    expect(sids(1, 2, 3, 8, 9).map((server) => verifier.weightOf(server))).toEqual([1, 0, 1, 0, 0]);
    expect(verifier.containsQuorum(new Set(sids(2, 3)))).toBe(false);
    expect(verifier.containsQuorum(new Set(sids(1, 3)))).toBe(true);
  });

  it('leave out a group without a weight', () => {
    const verifier = createQuorumVerifier(grouped([[1], [2], [3]], { 3: 0 }));
    expect(verifier.containsQuorum(new Set(sids(1, 2)))).toBe(true);
    expect(verifier.containsQuorum(new Set(sids(1)))).toBe(false);
  });

  it('have any two of them meet in a voter (every pair)', () => {
    const verifier = createQuorumVerifier(grouped([[1, 2, 3], [4, 5], [6]], { 4: 2 }));
    const quorums = [...subsetsOf(sids(1, 2, 3, 4, 5, 6))].filter((subset) => verifier.containsQuorum(new Set(subset)));
    for (const one of quorums) for (const other of quorums) expect(one.some((id) => other.includes(id))).toBe(true);
  });

  it('count nothing when nobody weighs anything', () => {
    const verifier = createQuorumVerifier(grouped([[1], [2]], { 1: 0, 2: 0 }));
    expect(verifier.containsQuorum(new Set(sids(1, 2)))).toBe(false);
  });
});

describe('joint quorums', () => {
  it('are quorums of both configurations, and led by a voter of either (every subset, by majority and by groups)', () => {
    const before = createMajorityVerifier(ensembleOf([1, 2, 3]));
    const after = createQuorumVerifier(grouped([[3, 4], [5]]));
    const joint = createJointVerifier(before, after);
    for (const subset of subsetsOf(sids(1, 2, 3, 4, 5, 7))) {
      const set = new Set(subset);
      expect(joint.containsQuorum(set)).toBe(before.containsQuorum(set) && after.containsQuorum(set));
    }
    expect([...joint.voters].sort((one, other) => one - other)).toEqual([1, 2, 3, 4, 5]);
    expect(sids(1, 3, 5, 7).map((server) => joint.weightOf(server))).toEqual([1, 1, 1, 0]);
  });
});
