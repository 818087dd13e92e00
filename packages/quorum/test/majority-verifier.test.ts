import { describe, expect, it } from 'vitest';
import { createMajorityVerifier } from '../src/index.ts';
import { ensembleOf, sid, sids, subsetsOf } from './fixtures.ts';

describe('majority verifier', () => {
  it('calls exactly those sets a quorum that hold more than half of the voters (every subset, 1 to 7 voters)', () => {
    for (let size = 1; size <= 7; size++) {
      const voters = Array.from({ length: size }, (_, index) => sid(index + 1));
      const verifier = createMajorityVerifier(ensembleOf(voters, [8, 9]));
      for (const subset of subsetsOf([...voters, sid(8), sid(9), sid(77)])) {
        const votes = subset.filter((server) => server <= size).length;
        expect(verifier.containsQuorum(new Set(subset))).toBe(votes > size / 2);
      }
    }
  });

  it('has any two quorums meet in a voter (every pair, 5 voters)', () => {
    const voters = sids(1, 2, 3, 4, 5);
    const verifier = createMajorityVerifier(ensembleOf(voters));
    const quorums = [...subsetsOf(voters)].filter((subset) => verifier.containsQuorum(new Set(subset)));
    for (const one of quorums) for (const other of quorums) expect(one.some((id) => other.includes(id))).toBe(true);
  });

  it('gives weight 1 to voters and 0 to observers and strangers', () => {
    const verifier = createMajorityVerifier(ensembleOf([1, 2, 3], [4]));
    expect(sids(1, 2, 3, 4, 5).map((server) => verifier.weightOf(server))).toEqual([1, 1, 1, 0, 0]);
    expect([...verifier.voters]).toEqual([1, 2, 3]);
  });

  it('calls nothing a quorum when nobody has a vote', () => {
    const verifier = createMajorityVerifier(ensembleOf([], [1]));
    expect(verifier.containsQuorum(new Set())).toBe(false);
    expect(verifier.containsQuorum(new Set(sids(1)))).toBe(false);
  });
});
