// Who looks tells all voters its history ten times a second. After a while the best of those that it has heard, itself among them, leads, if they are
// a quorum; the others follow whoever says that it leads.

import { type Election, type ElectionEffect, type ElectionModule, ElectionOptionError } from '@zebu/interfaces';
import type { Millis, Notification, ServerId, ServerState, Vote, Zxid } from '@zebu/protocol';

/** Epoch before zxid before server id. */
const rank = ({ peerEpoch, zxid, leader }: Vote): bigint =>
  (((BigInt(peerEpoch) << 64n) | zxid) << 32n) | BigInt(leader);

const create: ElectionModule<Millis>['create'] = ({ self, ensemble, verifier }, settleMs) => {
  let state: ServerState = 'LOOKING';
  let own: Vote | undefined; // this server's history while it looks, else whom it leads or follows
  let heard = new Map<ServerId, Vote>();
  let [settledAt, wakeAt] = [0, 0];
  const mayLead = ({ leader, zxid }: Vote): boolean => zxid !== -1n && verifier.weightOf(leader) > 0;
  const say = (vote: Vote): Notification => ({ state, vote, electionEpoch: 0n, configVersion: ensemble.version });
  const look = (vote: Vote, now: Millis): ElectionEffect[] => {
    [state, own, heard, settledAt] = ['LOOKING', vote, new Map(), now + settleMs];
    if (mayLead(vote)) heard.set(self, vote);
    return ask(vote, now);
  };
  const ask = (vote: Vote, now: Millis): ElectionEffect[] => {
    wakeAt = now + 100;
    const isBest = heard.has(self) && [...heard.values()].every((other) => rank(other) <= rank(vote));
    if (now >= settledAt && isBest && verifier.containsQuorum(new Set(heard.keys()))) return decide(vote, 'LEADING');
    const others = [...verifier.voters].filter((voter) => voter !== self);
    return others.map((to) => ({ type: 'send', to, notification: say(vote) }));
  };
  const decide = (vote: Vote, role: 'LEADING' | 'FOLLOWING' | 'OBSERVING'): ElectionEffect[] => {
    [state, own] = [role, vote];
    return [{ type: 'elected', vote, state: role }];
  };
  const hear = (from: ServerId, { vote, state: says }: Notification): ElectionEffect[] => {
    if (state !== 'LOOKING' && own && says === 'LOOKING') return [{ type: 'send', to: from, notification: say(own) }];
    if (state !== 'LOOKING' || !own || vote.leader !== from || !mayLead(vote)) return [];
    if (says === 'LOOKING') heard.set(from, vote);
    return says === 'LEADING' ? decide(vote, verifier.voters.has(self) ? 'FOLLOWING' : 'OBSERVING') : [];
  };
  const step: Election['step'] = (input, now) => {
    if (input.type === 'look') return look(input.vote, now);
    if (input.type === 'notification') return hear(input.from, input.notification);
    if (input.type === 'configurationChanged') ({ ensemble, verifier } = input);
    if (input.type === 'linkDown') heard.delete(input.peer);
    if (input.type === 'leaderEstablished') own = { leader: input.leader, zxid: 0n as Zxid, peerEpoch: input.epoch };
    if (input.type === 'roleChanged' && input.state !== state) [state, own] = [input.state, undefined];
    return input.type === 'tick' && state === 'LOOKING' && own && now >= wakeAt ? ask(own, now) : [];
  };
  return { step, nextWakeup: () => (state === 'LOOKING' && own ? wakeAt : undefined) };
};

const parseOptions = (given: ReadonlyMap<string, string>): Millis => {
  const { settle = '300', ...unknown } = Object.fromEntries(given);
  for (const option of Object.keys(unknown)) throw new ElectionOptionError(option, 'is no option', 'remove it');
  if (!/^\d+$/.test(settle)) throw new ElectionOptionError('settle', `${settle} is no time`, 'write milliseconds');
  return Number(settle);
};

export default { name: 'example-election', portVersion: 1, parseOptions, create } satisfies ElectionModule<Millis>;
