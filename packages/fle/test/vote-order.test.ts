import type { Epoch, ServerId, ServerState, Vote, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { agrees, isBetterVote, type ReceivedVote } from '../src/vote-order.ts';

const vote = (peerEpoch: number, zxid: bigint, leader: number): Vote => ({
  leader: leader as ServerId,
  zxid: zxid as Zxid,
  peerEpoch: peerEpoch as Epoch,
});
const said = (state: ServerState, electionEpoch: bigint, of: Vote): ReceivedVote => ({
  state,
  electionEpoch,
  vote: of,
});

describe('isBetterVote', () => {
  const all = [0, 1, 2].flatMap((epoch) =>
    [-1n, 0n, 7n].flatMap((zxid) => [1, 2, 3].map((id) => vote(epoch, zxid, id))),
  );

  it('orders by epoch, then zxid, then leader (every pair)', () => {
    const key = ({ peerEpoch, zxid, leader }: Vote): bigint =>
      (BigInt(peerEpoch) * 100n + zxid + 1n) * 100n + BigInt(leader);
    for (const one of all) for (const other of all) expect(isBetterVote(one, other)).toBe(key(one) > key(other));
  });

  it('is total: of two different votes exactly one is better, and none is better than itself', () => {
    for (const one of all) {
      for (const other of all) {
        expect(Number(isBetterVote(one, other)) + Number(isBetterVote(other, one))).toBe(one === other ? 0 : 1);
      }
    }
  });
});

describe('agrees', () => {
  const same = vote(1, 5n, 4);

  it('compares everything while one of the two looks (FLEOutOfElectionTest.testLookingNormal, testLookingDiffRounds)', () => {
    expect(agrees(said('LOOKING', 2n, same), said('LOOKING', 2n, same))).toBe(true);
    expect(agrees(said('LOOKING', 2n, same), said('LEADING', 2n, same))).toBe(true);
    expect(agrees(said('LOOKING', 2n, same), said('LOOKING', 3n, same))).toBe(false);
    expect(agrees(said('LOOKING', 2n, same), said('LEADING', 2n, vote(1, 6n, 4)))).toBe(false);
    expect(agrees(said('LOOKING', 2n, same), said('LOOKING', 2n, vote(2, 5n, 4)))).toBe(false);
    expect(agrees(said('LOOKING', 2n, same), said('LOOKING', 2n, vote(1, 5n, 3)))).toBe(false);
  });

  it('skips zxid and round between servers that follow or lead (testIgnoringZxidElectionEpoch)', () => {
    expect(agrees(said('FOLLOWING', 1n, same), said('LEADING', 9n, vote(1, 6n, 4)))).toBe(true);
    expect(agrees(said('FOLLOWING', 1n, same), said('FOLLOWING', 1n, vote(2, 5n, 4)))).toBe(false);
    expect(agrees(said('FOLLOWING', 1n, same), said('FOLLOWING', 1n, vote(1, 5n, 3)))).toBe(false);
  });
});
