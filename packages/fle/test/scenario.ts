// The language of scenarios/*.txt. A file is a list of blocks: commands, one a line or separated by ';', then ----, then what they printed
// and the state of every server. README.md lists the commands.

import {
  type Epoch,
  formatZxid,
  type Notification,
  type ServerId,
  type ServerState,
  type Vote,
  type Zxid,
} from '@zebu/protocol';
import { fastLeaderElectionOptions } from '../src/index.ts';
import { type ServerSetup, SimulatedEnsemble, type SimulatedServer } from './simulated-ensemble.ts';

/** The file as it should be: comments and commands unchanged, output new. */
export function runScenario(text: string): string {
  const runner = new ScenarioRunner();
  const blocks = text.trimEnd().split(/\n{2,}/);
  return `${blocks.map((block) => runBlock(runner, block)).join('\n\n')}\n`;
}

function runBlock(runner: ScenarioRunner, block: string): string {
  const lines = block.split('\n');
  const end = lines.indexOf('----');
  const commands = end === -1 ? lines : lines.slice(0, end);
  for (const line of commands) {
    if (line.startsWith('#')) continue;
    for (const command of line.split(';')) runner.run(command.trim());
  }
  if (commands.every((line) => line.startsWith('#'))) return block;
  return [...commands, '----', ...runner.takeOutput()].join('\n');
}

class ScenarioRunner {
  #ensemble: SimulatedEnsemble | undefined;
  #options = fastLeaderElectionOptions();
  #output: string[] = [];

  run(command: string): void {
    const [name = '', ...words] = command.split(/\s+/);
    if (name === 'options') this.#options = parseOptions(words);
    else if (name === 'servers') this.#ensemble = new SimulatedEnsemble(words.map(parseServer), this.#options);
    else this.#runOn(this.#servers, name, words);
    this.#output.push(...(this.#ensemble?.events.splice(0) ?? []));
  }

  takeOutput(): string[] {
    const output = [...this.#output, describeServers(this.#servers)];
    this.#output = [];
    return output;
  }

  get #servers(): SimulatedEnsemble {
    if (this.#ensemble === undefined) throw new Error('a scenario begins with servers');
    return this.#ensemble;
  }

  #runOn(ensemble: SimulatedEnsemble, name: string, words: readonly string[]): void {
    const ids = (): ServerId[] => (words[0] === 'all' ? ensemble.ids : words.map(parseId));
    const each = (action: (id: ServerId) => void): void => ids().forEach(action);
    const pairs = (action: (one: ServerId, other: ServerId) => void): void => eachPair(ids(), action);
    switch (name) {
      case 'look':
        return each((id) => ensemble.look(id));
      case 'link':
        return pairs((one, other) => ensemble.linkUp(one, other));
      case 'cut':
        return pairs((one, other) => ensemble.linkDown(one, other));
      case 'crash':
        return each((id) => ensemble.crash(id, { noticed: true }));
      case 'vanish':
        return each((id) => ensemble.crash(id, { noticed: false }));
      case 'start':
        return each((id) => ensemble.start(id));
      case 'freeze':
        return each((id) => {
          ensemble.server(id).frozen = true;
        });
      case 'thaw':
        return each((id) => {
          ensemble.server(id).frozen = false;
        });
      case 'deliver':
        return words[0] === 'all' ? ensemble.deliverAll() : words.forEach((word) => ensemble.deliver(parseLink(word)));
      case 'drop':
        return words.forEach((word) => void queueOf(ensemble, word).shift());
      case 'repeat':
        return words.forEach((word) => void queueOf(ensemble, word).unshift(first(queueOf(ensemble, word))));
      case 'postpone':
        return words.forEach((word) => void queueOf(ensemble, word).push(first(queueOf(ensemble, word).splice(0, 1))));
      case 'wait':
        return ensemble.advanceTo(ensemble.now + Number(words[0]));
      case 'run':
        return ensemble.runUntilDecided(Number(words[0]));
      case 'messages':
        return void this.#output.push(...describeMessages(ensemble));
      case 'wakeups':
        return void this.#output.push(describeWakeups(ensemble));
      default:
        return runInput(ensemble, name, words);
    }
  }
}

/** Inputs that the simulated world does not give by itself. */
function runInput(ensemble: SimulatedEnsemble, name: string, words: readonly string[]): void {
  switch (name) {
    case 'established': {
      // established LEADER EPOCH SERVER...
      const [leader, epoch, ...told] = words.map(Number) as [ServerId, Epoch, ...ServerId[]];
      return ensemble.establish(leader, epoch, told);
    }
    case 'role':
      return ensemble.takeRole(parseId(words[0]), words[1] as ServerState);
    case 'reconfigure':
      return ensemble.reconfigure(words.map(parseServer));
    case 'notify': {
      // notify FROM>TO STATE VOTE ROUND: a message that no server of the scenario sent
      const { from, to } = parseLink(words[0]);
      const notification = parseNotification(words.slice(1));
      return ensemble.input(to, { type: 'notification', from, notification });
    }
    default:
      throw new Error(`unknown command ${name}`);
  }
}

function describeServers(ensemble: SimulatedEnsemble): string {
  const servers = [...ensemble.servers.values()];
  const rounds = new Set(servers.filter((server) => server.up && roundOf(server) !== undefined).map(roundOf));
  const common = rounds.size === 1 ? `   (round ${[...rounds][0]})` : '';
  const described = servers.map((server) => describeServer(server) + (common === '' ? describeRound(server) : ''));
  return `${ensemble.now > 0 ? `${ensemble.now} ms: ` : ''}${described.join('   ')}${common}`;
}

function describeServer(server: SimulatedServer): string {
  const { id, state, leader } = server;
  if (!server.up) return `${id} down`;
  if (state === 'LEADING') return `${id} LEADING`;
  if (state !== 'LOOKING') return `${id} ${state} ${leader ?? '?'}`;
  const candidate = server.lastSent?.vote.zxid === -1n ? 'nobody' : server.lastSent?.vote.leader;
  return server.looking ? `${id} LOOKING ${candidate ?? id}` : `${id} idle`;
}

const describeRound = (server: SimulatedServer): string =>
  server.up && roundOf(server) !== undefined ? ` (round ${roundOf(server)})` : '';

/** A server that has decided tells it to a stranger; one that looks has told it to its peers. */
function roundOf(server: SimulatedServer): bigint | undefined {
  if (server.state === 'LOOKING') return server.looking ? server.lastSent?.electionEpoch : undefined;
  const vote = { ...server.vote };
  const question: Notification = { state: 'LOOKING', vote, electionEpoch: 1n, configVersion: 0n };
  const input = { type: 'notification', from: 999_999 as ServerId, notification: question } as const;
  const answer = server.election.step(input, 0)[0];
  return answer?.type === 'send' ? answer.notification.electionEpoch : undefined;
}

function describeMessages(ensemble: SimulatedEnsemble): string[] {
  const lines = ensemble.ids.flatMap((from) =>
    ensemble.ids.flatMap((to) =>
      ensemble.queue(from, to).map((notification) => `${from}>${to} ${describeNotification(notification)}`),
    ),
  );
  return lines.length === 0 ? ['no messages'] : lines;
}

function describeNotification({ state, vote, electionEpoch }: Notification): string {
  const history = vote.zxid === -1n ? 'none' : `${formatZxid(vote.zxid)}/${vote.peerEpoch}`;
  return `${state} ${vote.leader}=${history} round ${electionEpoch}`;
}

function describeWakeups(ensemble: SimulatedEnsemble): string {
  const wakeups = [...ensemble.servers.values()].map((server) => `${server.id}@${server.election.nextWakeup() ?? '-'}`);
  return `wakes ${wakeups.join(' ')}`;
}

function eachPair(ids: readonly ServerId[], action: (one: ServerId, other: ServerId) => void): void {
  ids.forEach((one, index) => ids.slice(index + 1).forEach((other) => action(one, other)));
}

const parseId = (word: string | undefined): ServerId => Number(word) as ServerId;

/** `3>1`: from 3 to 1. */
function parseLink(word: string | undefined): { from: ServerId; to: ServerId } {
  const [from, to] = (word ?? '').split('>').map(parseId);
  if (from === undefined || to === undefined) throw new Error(`${word} is no link`);
  return { from, to };
}

/** `3=0x100000005`, `3=0x100000005/2` (currentEpoch 2), `3=none` (zxid -1), with `:observer` or `:weight0`. */
function parseServer(word: string): ServerSetup {
  const [history = '', ...attributes] = word.split(':');
  const vote = parseVote(history);
  const weight = attributes.find((attribute) => attribute.startsWith('weight'));
  return {
    id: vote.leader,
    vote,
    role: attributes.includes('observer') ? 'observer' : 'participant',
    weight: weight === undefined ? 1 : Number(weight.slice('weight'.length)),
  };
}

function parseVote(word: string): Vote {
  const match = /^(\d+)=(none|0x[0-9a-f]+)(?:\/(-?\d+))?$/.exec(word);
  if (match === null) throw new Error(`${word} is no vote`);
  const zxid = (match[2] === 'none' ? -1n : BigInt(match[2] as string)) as Zxid;
  const epoch = match[3] === undefined ? Math.max(0, Number(zxid >> 32n)) : Number(match[3]);
  return { leader: parseId(match[1]), zxid, peerEpoch: epoch as Vote['peerEpoch'] };
}

function parseNotification(words: readonly string[]): Notification {
  const [state, vote = '', round = '1'] = words;
  return {
    state: state as ServerState,
    vote: parseVote(vote),
    electionEpoch: BigInt(round),
    configVersion: 0n,
  };
}

function parseOptions(words: readonly string[]) {
  const values = new Map(words.map((word) => word.split('=') as [string, string]));
  const value = (name: string) => (values.has(name) ? Number(values.get(name)) : undefined);
  const [finalizeWaitMs, minimum, maximum] = [value('finalizeWait'), value('min'), value('max')];
  return fastLeaderElectionOptions({
    ...(finalizeWaitMs !== undefined && { finalizeWaitMs }),
    ...(minimum !== undefined && { minNotificationIntervalMs: minimum }),
    ...(maximum !== undefined && { maxNotificationIntervalMs: maximum }),
  });
}

function queueOf(ensemble: SimulatedEnsemble, word: string): Notification[] {
  const { from, to } = parseLink(word);
  return ensemble.queue(from, to);
}

function first(queue: readonly Notification[]): Notification {
  const notification = queue[0];
  if (notification === undefined) throw new Error('nothing is under way on this link');
  return notification;
}
