// What the scenarios cannot show: messages to servers that are down, and the fields of a notification.

import type { Election, ElectionEffect } from '@zebu/interfaces';
import { type Epoch, InvariantError, type Notification, type ServerId, type Vote, type Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { createFastLeaderElection, fastLeaderElectionOptions } from '../src/index.ts';
import { ensembleOf, type ServerSetup, verifierOf } from './simulated-ensemble.ts';

const sid = (id: number): ServerId => id as ServerId;
const vote = (leader: number, zxid = 5n): Vote => ({ leader: sid(leader), zxid: zxid as Zxid, peerEpoch: 1 as Epoch });
const voter = (id: number): ServerSetup => ({ id: sid(id), vote: vote(id), role: 'participant', weight: 1 });
const looking = (proposed: Vote): Notification => ({
  state: 'LOOKING',
  vote: proposed,
  electionEpoch: 1n,
  configVersion: 0n,
});

function electionOf(self: number, setups: readonly ServerSetup[]): Election {
  const dependencies = {
    self: sid(self),
    ensemble: { ...ensembleOf(setups), version: 7n },
    verifier: verifierOf(setups),
    random: { below: () => 0 },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  };
  return createFastLeaderElection(dependencies, fastLeaderElectionOptions());
}

const hear = (election: Election, from: number, notification: Notification): ElectionEffect[] =>
  election.step({ type: 'notification', from: sid(from), notification }, 0);
const recipients = (effects: readonly ElectionEffect[]): number[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.to] : []));

describe('fast leader election', () => {
  const three = [voter(1), voter(2), voter(3)];

  it('puts the state, the vote, the round and the version of the configuration into a notification', () => {
    const effects = electionOf(1, three).step({ type: 'look', vote: vote(1) }, 0);
    const notification = { state: 'LOOKING', vote: vote(1), electionEpoch: 1n, configVersion: 7n };
    expect(effects).toEqual([
      { type: 'send', to: 2, notification },
      { type: 'send', to: 3, notification },
    ]);
  });

  it('says that it is elected before it tells others, who may call on it at once', () => {
    const election = electionOf(3, three);
    election.step({ type: 'look', vote: vote(3) }, 0);
    hear(election, 1, looking(vote(3)));
    const effects = hear(election, 2, looking(vote(3)));
    expect(effects.map((effect) => (effect.type === 'send' ? effect.to : effect.type))).toEqual([2, 'elected', 1, 2]);
  });

  it('votes for itself under its own id, whatever leader the given vote names', () => {
    const effects = electionOf(1, [voter(1)]).step({ type: 'look', vote: vote(9) }, 0);
    expect(effects).toEqual([{ type: 'elected', vote: vote(1), state: 'LEADING' }]);
  });

  it('does not tell the outcome to servers that went away before it was known', () => {
    const election = electionOf(1, three);
    election.step({ type: 'look', vote: vote(1, 9n) }, 0);
    hear(election, 3, looking(vote(3)));
    election.step({ type: 'linkDown', peer: sid(3) }, 0);
    expect(recipients(hear(election, 2, looking(vote(1, 9n))))).toEqual([2, 2]);
  });

  it('remembers no strangers, however many ask', () => {
    const election = electionOf(1, [voter(1)]);
    for (let stranger = 100; stranger < 200; stranger++) hear(election, stranger, looking(vote(stranger)));
    expect(recipients(election.step({ type: 'look', vote: vote(1) }, 0))).toEqual([]);
  });

  it('forgets servers that a new configuration no longer has', () => {
    const election = electionOf(1, three);
    election.step({ type: 'look', vote: vote(1, 9n) }, 0);
    hear(election, 3, looking(vote(3)));
    const setups = [voter(1)];
    const input = { type: 'configurationChanged', ensemble: ensembleOf(setups), verifier: verifierOf(setups) } as const;
    expect(election.step(input, 0)).toEqual([{ type: 'elected', vote: vote(1, 9n), state: 'LEADING' }]);
  });

  it('answers a stranger once it follows or leads: a server about to be added must learn of the leader', () => {
    const election = electionOf(1, [voter(1)]);
    election.step({ type: 'look', vote: vote(1) }, 0);
    expect(recipients(hear(election, 77, looking(vote(77))))).toEqual([77]);
  });

  it('never sends on what others put into the extension, and does not keep it', () => {
    const election = electionOf(1, three);
    const first = election.step({ type: 'look', vote: vote(1) }, 0);
    const adopted = hear(election, 3, { ...looking(vote(3)), extension: new Uint8Array(1 << 20) });
    const sent = [...first, ...adopted].flatMap((effect) => (effect.type === 'send' ? [effect.notification] : []));
    expect(sent.length).toBeGreaterThan(2);
    for (const notification of sent) expect(notification).not.toHaveProperty('extension');
  });

  it('takes a state that does not exist for a broken invariant: transports check shapes', () => {
    const election = electionOf(1, three);
    election.step({ type: 'look', vote: vote(1) }, 0);
    expect(() => hear(election, 2, { ...looking(vote(2)), state: 'DREAMING' as never })).toThrow(InvariantError);
  });
});
