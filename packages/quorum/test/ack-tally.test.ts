import type { QuorumVerifier } from '@zebu/interfaces';
import { NO_ZXID, type ServerId, type Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { AckTally, createMajorityVerifier } from '../src/index.ts';
import { ensembleOf, sequencesOf, sid, sids, weightedVerifier } from './fixtures.ts';

const zxid = (value: number): Zxid => BigInt(value) as Zxid;

/** The definition itself: try every acknowledged zxid and ask who has acknowledged as much. */
function slowQuorumZxid(verifier: QuorumVerifier, acked: ReadonlyMap<ServerId, Zxid>): Zxid {
  let best = NO_ZXID;
  for (const candidate of acked.values()) {
    const holders = [...acked].filter(([, last]) => last >= candidate).map(([server]) => server);
    if (candidate > best && verifier.containsQuorum(new Set(holders))) best = candidate;
  }
  return best;
}

interface Step {
  readonly server: ServerId;
  /** Undefined: the server is removed. */
  readonly zxid: Zxid | undefined;
}

function compareOnEverySequence(verifier: QuorumVerifier, servers: readonly ServerId[], length: number): void {
  const steps: Step[] = servers.flatMap((server) => [
    { server, zxid: zxid(1) },
    { server, zxid: zxid(2) },
    { server, zxid: undefined },
  ]);
  for (const sequence of sequencesOf(steps, length)) {
    const tally = new AckTally(verifier);
    const acked = new Map<ServerId, Zxid>();
    for (const step of sequence) {
      if (step.zxid === undefined) {
        tally.remove(step.server);
        acked.delete(step.server);
      } else {
        tally.acknowledge(step.server, step.zxid);
        if (step.zxid > (acked.get(step.server) ?? NO_ZXID)) acked.set(step.server, step.zxid);
      }
      if (tally.quorumZxid() !== slowQuorumZxid(verifier, acked)) expect.fail(`differs after ${print(sequence)}`);
    }
  }
}

const print = (sequence: readonly Step[]): string => sequence.map((step) => `${step.server}:${step.zxid}`).join(' ');

describe('AckTally', () => {
  it('agrees with the definition on every sequence of five steps (three voters, one observer)', () => {
    compareOnEverySequence(createMajorityVerifier(ensembleOf([1, 2, 3], [4])), sids(1, 2, 3, 4), 5);
  });

  it('agrees with the definition for weights, one of them zero', () => {
    compareOnEverySequence(weightedVerifier({ 1: 2, 2: 1, 3: 1, 4: 0 }), sids(1, 2, 3, 4), 4);
  });

  it('agrees with the definition on long random sequences (five and seven voters)', () => {
    let state = 42;
    const below = (bound: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    };
    for (const size of [5, 7]) {
      const verifier = createMajorityVerifier(ensembleOf(Array.from({ length: size }, (_, index) => index + 1)));
      const tally = new AckTally(verifier);
      const acked = new Map<ServerId, Zxid>();
      for (let step = 0; step < 5000; step++) {
        const server = sid(1 + below(size));
        if (below(20) === 0) {
          tally.remove(server);
          acked.delete(server);
        } else {
          const last = zxid(100 + step - below(50));
          tally.acknowledge(server, last);
          if (last > (acked.get(server) ?? NO_ZXID)) acked.set(server, last);
        }
        expect(tally.quorumZxid()).toBe(slowQuorumZxid(verifier, acked));
      }
    }
  });

  it('is -1 until a quorum has acknowledged anything', () => {
    const tally = new AckTally(createMajorityVerifier(ensembleOf([1, 2, 3])));
    expect(tally.quorumZxid()).toBe(NO_ZXID);
    tally.acknowledge(sid(1), zxid(5));
    expect(tally.quorumZxid()).toBe(NO_ZXID);
    tally.acknowledge(sid(2), zxid(3));
    expect(tally.quorumZxid()).toBe(3n);
  });

  it('never counts a server without a vote', () => {
    const tally = new AckTally(createMajorityVerifier(ensembleOf([1, 2, 3], [4])));
    for (const server of sids(1, 4, 9)) tally.acknowledge(server, zxid(7));
    expect(tally.quorumZxid()).toBe(NO_ZXID);
    expect(tally.acknowledgedBy(sid(4))).toBe(NO_ZXID);
  });

  it('keeps a server where it was when an older acknowledgement comes late', () => {
    const tally = new AckTally(createMajorityVerifier(ensembleOf([1])));
    tally.acknowledge(sid(1), zxid(9));
    tally.acknowledge(sid(1), zxid(4));
    expect([tally.quorumZxid(), tally.acknowledgedBy(sid(1))]).toEqual([9n, 9n]);
  });

  it('may be acknowledged below what it held once it was removed (it was cut back with TRUNC and came again)', () => {
    const tally = new AckTally(createMajorityVerifier(ensembleOf([1, 2, 3])));
    tally.acknowledge(sid(1), zxid(9));
    tally.acknowledge(sid(2), zxid(9));
    tally.remove(sid(2));
    expect(tally.quorumZxid()).toBe(NO_ZXID);
    tally.acknowledge(sid(2), zxid(4));
    expect(tally.quorumZxid()).toBe(4n);
  });
});
