// One server's side, word by word.

import type { Election, ElectionEffect, QuorumVerifier } from '@zebu/interfaces';
import type { Ensemble, Epoch, Notification, ServerId, ServerState, Vote, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { createPreferredElection, preferredElectionOptions } from '../src/index.ts';
import { encodeSpeaker, type Speaker, wordOf } from '../src/word.ts';

const id = (value: number): ServerId => value as ServerId;
const vote = (leader: number, zxid = 5n, peerEpoch = 1): Vote => ({
  leader: id(leader),
  zxid: zxid as Zxid,
  peerEpoch: peerEpoch as Epoch,
});
const NOBODY = vote(0, -1n, -1);

const ensembleOf = (servers: readonly number[]): Ensemble => ({
  version: 0n,
  servers: new Map(
    servers.map((server) => [
      id(server),
      {
        id: id(server),
        role: 'participant',
        quorumAddress: { host: 'h', port: 1 },
        electionAddress: { host: 'h', port: 2 },
      },
    ]),
  ),
});
const majorityOf = (voters: readonly number[]): QuorumVerifier => ({
  voters: new Set(voters.map(id)),
  weightOf: (server) => (voters.includes(server) ? 1 : 0),
  containsQuorum: (servers) => 2 * voters.filter((voter) => servers.has(id(voter))).length > voters.length,
});

function electionOf(self: number, voters: readonly number[], priorities: Record<number, number> = {}): Election {
  const options = preferredElectionOptions({
    priorities: new Map(Object.entries(priorities).map(([server, priority]) => [id(Number(server)), priority])),
  });
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  return createPreferredElection(
    {
      self: id(self),
      ensemble: ensembleOf([...new Set([...voters, self])]),
      verifier: majorityOf(voters),
      random: { below: () => 7 },
      logger: silent,
    },
    options,
  );
}

interface Said extends Partial<Speaker> {
  readonly state?: ServerState;
  readonly vote?: Vote;
  readonly count?: number;
}
const said = ({ state = 'LOOKING', vote: chosen = NOBODY, count = 1, ...speaker }: Said = {}): Notification => ({
  state,
  vote: chosen,
  electionEpoch: BigInt(count),
  configVersion: 0n,
  extension: encodeSpeaker({
    incarnation: 1,
    history: vote(0),
    priority: 0,
    stands: false,
    asks: false,
    ...speaker,
  }),
});
const hear = (election: Election, from: number, words: Said, now = 0): ElectionEffect[] =>
  election.step({ type: 'notification', from: id(from), notification: said(words) }, now);

/** `2?` is told and asked, `2` told; then the state that was entered. */
const brief = (effects: readonly ElectionEffect[]): string =>
  effects
    .map((effect) => {
      if (effect.type === 'elected') return `${effect.state} ${effect.vote.leader}`;
      if (effect.type === 'supportLost') return 'supportLost';
      const word = wordOf(effect.notification);
      const stands = word?.stands === true ? ' stands' : '';
      return `${effect.to}${word?.asks === true ? '?' : ''}${stands}`;
    })
    .join(', ');

const lead = (election: Election): string => {
  election.step({ type: 'look', vote: vote(1) }, 0);
  hear(election, 2, { vote: vote(1) });
  const effects = hear(election, 3, { vote: vote(1) });
  election.step({ type: 'roleChanged', state: 'LEADING' }, 0);
  return brief(effects);
};

describe('a server that looks', () => {
  it('asks all voters, stands once it has heard a quorum that it is not behind of, and tells them', () => {
    const election = electionOf(1, [1, 2, 3]);
    expect(brief(election.step({ type: 'look', vote: vote(1) }, 0))).toBe('2?, 3?');
    expect(brief(hear(election, 2, { history: vote(0, 6n) }))).toBe('');
    expect(brief(hear(election, 3, {}))).toBe('2 stands, 3 stands');
  });

  it('answers who asks, once, and nobody else', () => {
    const election = electionOf(1, [1, 2, 3, 4, 5]);
    election.step({ type: 'look', vote: vote(1) }, 0);
    expect(brief(hear(election, 2, { asks: true }))).toBe('2');
    expect(brief(hear(election, 2, { count: 2 }))).toBe('');
  });

  it('believes no duplicate and nothing that was overtaken, but a restarted server', () => {
    const election = electionOf(1, [1, 2, 3], { 3: 9 });
    election.step({ type: 'look', vote: vote(1) }, 0);
    hear(election, 2, { count: 8, stands: true, vote: vote(2) });
    const chosen = (effects: readonly ElectionEffect[]): number[] =>
      effects.flatMap((effect) => (effect.type === 'send' ? [effect.notification.vote.leader] : []));
    expect(chosen(hear(election, 2, { count: 7, asks: true }))).toEqual([2]);
    expect(chosen(hear(election, 2, { count: 1, asks: true, incarnation: 2 }))).toContain(1);
  });

  it('ends the round when a quorum has chosen alike and the chosen one has, too', () => {
    const election = electionOf(1, [1, 2, 3]);
    election.step({ type: 'look', vote: vote(1) }, 0);
    hear(election, 2, { vote: vote(3) });
    // What 3 says of itself is what counts: here, that it stands.
    expect(brief(hear(election, 3, { stands: true, vote: vote(3) }))).toBe('FOLLOWING 3, 2, 3');
  });

  it('does not end it for one that would be preferred and has not stood yet', () => {
    const election = electionOf(1, [1, 2, 3], { 2: 9 });
    election.step({ type: 'look', vote: vote(1) }, 0);
    hear(election, 3, { stands: true, vote: vote(3) });
    expect(brief(hear(election, 2, { priority: 9, vote: vote(3) }))).not.toContain('FOLLOWING');
    expect(brief(hear(election, 2, { priority: 9, stands: true, vote: vote(2), count: 2 }))).toBe('2 stands, 3 stands');
    expect(brief(hear(election, 3, { vote: vote(2), count: 2 }))).toBe('FOLLOWING 2, 3, 2');
  });

  it('joins an established leader whatever is preferred, but not on hearsay', () => {
    const election = electionOf(1, [1, 2, 3], { 1: 9 });
    election.step({ type: 'look', vote: vote(1) }, 0);
    expect(brief(hear(election, 2, { state: 'FOLLOWING', vote: vote(3, 0n, 2) }))).toBe('');
    expect(brief(hear(election, 3, { state: 'LEADING', vote: vote(3, 0n, 2) }))).toBe('FOLLOWING 3');
  });

  it('does not believe those who follow it from before it looked', () => {
    const election = electionOf(1, [1, 2, 3]);
    election.step({ type: 'look', vote: vote(1, 9n) }, 0);
    hear(election, 2, { state: 'FOLLOWING', vote: vote(1, 0n, 1) });
    expect(brief(hear(election, 3, { state: 'FOLLOWING', vote: vote(1, 0n, 1) }))).toBe('');
  });

  it('forgets whom it cannot reach, and chooses anew', () => {
    const election = electionOf(1, [1, 2, 3]);
    election.step({ type: 'look', vote: vote(1) }, 0);
    hear(election, 2, {});
    hear(election, 3, { stands: true, vote: vote(3) }, 0);
    const effects = election.step({ type: 'linkDown', peer: id(3) }, 0);
    expect(brief(effects)).toBe('2 stands');
  });

  it('says so again, less and less often, up to the longest interval', () => {
    const election = electionOf(1, [1, 2, 3]);
    election.step({ type: 'look', vote: vote(1) }, 0);
    const waits: number[] = [];
    for (let now = 0; waits.length < 7; ) {
      const next = election.nextWakeup() as number;
      waits.push(next - now);
      now = next;
      expect(brief(election.step({ type: 'tick' }, now))).toBe('2?, 3?');
    }
    expect(waits).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
  });
});

describe('a server that was elected', () => {
  it('leads, and tells those that look', () => {
    expect(lead(electionOf(1, [1, 2, 3], { 1: 9 }))).toBe('LEADING 1, 2, 3');
  });

  it('is told once when those who elected it turn away', () => {
    const election = electionOf(1, [1, 2, 3], { 1: 9 });
    lead(election);
    expect(brief(hear(election, 2, { vote: vote(1), count: 1 }))).toBe('2');
    expect(brief(hear(election, 2, { count: 2 }))).toBe('2');
    expect(brief(election.step({ type: 'linkDown', peer: id(3) }, 0))).toBe('supportLost');
    expect(brief(hear(election, 3, { count: 9 }))).toBe('3');
  });

  it('is not, once it is established', () => {
    const election = electionOf(1, [1, 2, 3], { 1: 9 });
    lead(election);
    election.step({ type: 'leaderEstablished', leader: id(1), epoch: 2 as Epoch }, 0);
    for (const peer of [2, 3]) expect(election.step({ type: 'linkDown', peer: id(peer) }, 0)).toEqual([]);
  });

  it('lets others go first when leadership failed it, until an ensemble is established', () => {
    const election = electionOf(1, [1, 2, 3], { 1: 9 });
    const priorityShown = (): number | undefined => {
      const [effect] = election.step({ type: 'look', vote: vote(1) }, 0);
      return effect?.type === 'send' ? wordOf(effect.notification)?.priority : undefined;
    };
    expect(priorityShown()).toBe(9);
    lead(election);
    expect(priorityShown()).toBe(-1);
    hear(election, 3, { state: 'LEADING', vote: vote(3), count: 3 });
    hear(election, 2, { state: 'FOLLOWING', vote: vote(3), count: 3 });
    election.step({ type: 'roleChanged', state: 'FOLLOWING' }, 0);
    election.step({ type: 'leaderEstablished', leader: id(3), epoch: 2 as Epoch }, 0);
    expect(priorityShown()).toBe(9);
  });

  it('shows the leader that was established without an election', () => {
    const election = electionOf(1, [1, 2, 3], { 1: 9 });
    election.step({ type: 'roleChanged', state: 'FOLLOWING' }, 0);
    election.step({ type: 'leaderEstablished', leader: id(3), epoch: 4 as Epoch }, 0);
    const [answer] = hear(election, 2, { asks: true });
    expect(answer).toMatchObject({ notification: { state: 'FOLLOWING', vote: { leader: 3, peerEpoch: 4 } } });
  });
});

describe('a server without a vote that it knows of', () => {
  const lender = (): Election => {
    const election = electionOf(4, [1, 2, 3]);
    election.step({ type: 'look', vote: vote(4) }, 0);
    return election;
  };

  it('lends its vote to who asks for it, and never stands', () => {
    const election = lender();
    expect(brief(hear(election, 1, { asks: true }))).toBe('1');
    const [told] = hear(election, 1, { stands: true, vote: vote(1), count: 2 });
    expect(told).toMatchObject({ to: 1, notification: { state: 'LOOKING', vote: { leader: 1 } } });
  });

  it('does not end a round by counting votes, but joins an established leader', () => {
    const election = lender();
    for (const voter of [1, 2, 3]) {
      expect(brief(hear(election, voter, { stands: voter === 3, vote: vote(3) }))).not.toContain('OBSERVING');
    }
    hear(election, 1, { state: 'FOLLOWING', vote: vote(3), count: 2 });
    expect(brief(hear(election, 3, { state: 'LEADING', vote: vote(3), count: 2 }))).toContain('FOLLOWING 3');
  });
});

describe('what servers say of themselves', () => {
  it.each([
    {
      incarnation: 0xffff_ffff,
      history: vote(0, 2n ** 64n - 2n, 0xffff_fffe),
      priority: 1000,
      stands: true,
      asks: false,
    },
    { incarnation: 0, history: vote(0, -1n, -1), priority: -1, stands: false, asks: true },
  ])('is read as it was written: %o', (speaker) => {
    const { zxid, peerEpoch } = speaker.history;
    const history = { zxid, peerEpoch };
    expect(wordOf(said({ ...speaker, history }))).toMatchObject({ ...speaker, history });
  });

  it('is nothing when it is too short, too long or of a later format', () => {
    const { extension, ...bare } = said();
    const bytes = extension as Uint8Array;
    for (let length = 0; length < bytes.length; length++) {
      expect(wordOf({ ...bare, extension: bytes.subarray(0, length) })).toBeUndefined();
    }
    expect(wordOf({ ...bare, extension: new Uint8Array([...bytes, 0]) })).toBeUndefined();
    expect(wordOf({ ...bare, extension: new Uint8Array([2, ...bytes.subarray(1)]) })).toBeUndefined();
    expect(wordOf(bare)).toBeUndefined();
  });
});
