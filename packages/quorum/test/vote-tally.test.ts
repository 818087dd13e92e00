import { describe, expect, it } from 'vitest';
import { createMajorityVerifier, VoteTally } from '../src/index.ts';
import { ensembleOf, sid, sids, subsetsOf, weightedVerifier } from './fixtures.ts';

describe('VoteTally', () => {
  it('has all quorums exactly when each verifier has its own (every subset, two overlapping configurations)', () => {
    const before = createMajorityVerifier(ensembleOf([1, 2, 3]));
    const after = createMajorityVerifier(ensembleOf([2, 3, 4, 5, 6]));
    for (const subset of subsetsOf(sids(1, 2, 3, 4, 5, 6, 7))) {
      const tally = new VoteTally(before, after);
      for (const server of subset) tally.add(server);
      const set = new Set(subset);
      expect(tally.hasAllQuorums()).toBe(before.containsQuorum(set) && after.containsQuorum(set));
    }
  });

  it('counts a server once, however often it is added', () => {
    const tally = new VoteTally(createMajorityVerifier(ensembleOf([1, 2, 3])));
    expect([tally.add(sid(1)), tally.add(sid(1))]).toEqual([true, true]);
    expect(tally.hasAllQuorums()).toBe(false);
    tally.add(sid(2));
    expect(tally.hasAllQuorums()).toBe(true);
  });

  it('does not count a server without a vote', () => {
    const tally = new VoteTally(createMajorityVerifier(ensembleOf([1], [2])));
    expect(tally.add(sid(2))).toBe(false);
    expect([...tally.servers]).toEqual([]);
  });

  it('takes a removed server out again', () => {
    const tally = new VoteTally(createMajorityVerifier(ensembleOf([1, 2, 3])));
    for (const server of sids(1, 2)) tally.add(server);
    tally.remove(sid(2));
    expect(tally.hasAllQuorums()).toBe(false);
  });

  it('leaves weights to the verifier', () => {
    const tally = new VoteTally(weightedVerifier({ 1: 3, 2: 1, 3: 1 }));
    tally.add(sid(1));
    expect(tally.hasAllQuorums()).toBe(true);
  });

  it('refuses to tally for nobody', () => {
    expect(() => new VoteTally()).toThrow(/verifier/);
  });
});
