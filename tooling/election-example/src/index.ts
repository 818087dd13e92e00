// Who looks tells all voters its history ten times a second. The best server that has heard a quorum leads, once nobody new was heard for a while;
// the others follow whoever says that it leads.

import {
  type Election,
  type ElectionDependencies,
  type ElectionEffect,
  type ElectionModule,
  ElectionOptionError,
} from '@zebu/interfaces';
import type { Millis, ServerId, ServerState, Vote, Zxid } from '@zebu/protocol';

const isBetter = (one: Vote, other: Vote): boolean => {
  if (one.peerEpoch !== other.peerEpoch) return one.peerEpoch > other.peerEpoch;
  return one.zxid !== other.zxid ? one.zxid > other.zxid : one.leader > other.leader;
};

function create({ self, ensemble, verifier }: ElectionDependencies, settleMs: Millis): Election {
  let state: ServerState = 'LOOKING';
  let own: Vote | undefined; // this server's history, while it looks
  let outcome: Vote | undefined; // what who looks is told, while it does not
  const heard = new Map<ServerId, Vote>();
  let [newsAt, wakeAt] = [0, 0];
  const mayLead = ({ leader, zxid }: Vote): boolean => zxid !== -1n && verifier.weightOf(leader) > 0;
  const say = (to: ServerId, vote: Vote): ElectionEffect => {
    return { type: 'send', to, notification: { state, vote, electionEpoch: 0n, configVersion: ensemble.version } };
  };
  const look = (vote: Vote, now: Millis): ElectionEffect[] => {
    [state, own, outcome, newsAt] = ['LOOKING', vote, undefined, now];
    heard.clear();
    if (mayLead(own)) heard.set(self, own);
    return ask(own, now);
  };
  const ask = (vote: Vote, now: Millis): ElectionEffect[] => {
    wakeAt = now + 100;
    const isSettled = now >= newsAt + settleMs || verifier.voters.size === 1;
    const isBest = heard.has(self) && [...heard.values()].every((other) => !isBetter(other, vote));
    if (isSettled && isBest && verifier.containsQuorum(new Set(heard.keys()))) return decide(vote, 'LEADING');
    return [...verifier.voters].filter((voter) => voter !== self).map((voter) => say(voter, vote));
  };
  const decide = (vote: Vote, role: 'LEADING' | 'FOLLOWING' | 'OBSERVING'): ElectionEffect[] => {
    [state, own, outcome] = [role, undefined, vote];
    return [{ type: 'elected', vote, state: role }];
  };
  const hear = (from: ServerId, vote: Vote, says: ServerState, now: Millis): ElectionEffect[] => {
    if (own === undefined) return says === 'LOOKING' && state !== 'LOOKING' && outcome ? [say(from, outcome)] : [];
    if (vote.leader !== from || !mayLead(vote)) return [];
    if (says === 'LEADING') return decide(vote, verifier.voters.has(self) ? 'FOLLOWING' : 'OBSERVING');
    if (says === 'LOOKING' && !heard.has(from)) newsAt = now;
    if (says === 'LOOKING') heard.set(from, vote);
    return [];
  };
  const step: Election['step'] = (input, now) => {
    if (input.type === 'look') return look(input.vote, now);
    if (input.type === 'notification') return hear(input.from, input.notification.vote, input.notification.state, now);
    if (input.type === 'tick') return own !== undefined && now >= wakeAt ? ask(own, now) : [];
    if (input.type === 'configurationChanged') {
      ({ ensemble, verifier } = input);
      return own === undefined ? [] : look(own, now);
    }
    if (input.type === 'linkDown') heard.delete(input.peer);
    if (input.type === 'leaderEstablished')
      outcome = { leader: input.leader, zxid: 0n as Zxid, peerEpoch: input.epoch };
    if (input.type === 'roleChanged') [state, own] = [input.state, input.state === 'LOOKING' ? own : undefined];
    return [];
  };
  return { step, nextWakeup: () => (own === undefined ? undefined : wakeAt) };
}

const exampleElection: ElectionModule<Millis> = {
  name: 'example-election',
  portVersion: 1,
  parseOptions(given) {
    const { settle = '300', ...unknown } = Object.fromEntries(given);
    for (const option of Object.keys(unknown)) throw new ElectionOptionError(option, 'is no option', 'remove it');
    if (!/^\d+$/.test(settle)) throw new ElectionOptionError('settle', `${settle} is no time`, 'write milliseconds');
    return Number(settle);
  },
  create,
};
export default exampleElection;
