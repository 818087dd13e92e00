// The language of scenarios/*.txt. A file is a list of blocks: commands, one a line or separated by ';', then ----, then what leaders and
// learners asked for (flushes and answers to PING left out), and what every server is and holds. README.md lists the commands.

import type { TxnBytes } from '@zebu/protocol';
import { Cluster, type ClusterOptions, request, type Server, type ServerSetup } from './harness.ts';
import { run as makeRun, show } from './notation.ts';

/** The file as it should be: comments and commands unchanged, output new. */
export function runScenario(text: string): string {
  const runner = new ScenarioRunner();
  const blocks = text.trimEnd().split(/\n{2,}/);
  return `${blocks.map((block) => runBlock(runner, block)).join('\n\n')}\n`;
}

/** Runs commands without looking at their output: for tests that look at the servers. */
export function play(text: string, options: Partial<ClusterOptions> = {}): Cluster {
  const runner = new ScenarioRunner(options);
  for (const line of text.split('\n'))
    for (const command of line.split(';')) if (command.trim() !== '') runner.run(command.trim());
  return runner.cluster;
}

/** What every server is and holds. */
export const states = (cluster: Cluster): string[] => [...cluster.servers.values()].map(describe);

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
  #options: Partial<ClusterOptions>;
  #created: Cluster | undefined;
  /** One txn for each zxid, whoever holds it. */
  readonly #txns = new Map<string, TxnBytes>();

  constructor(options: Partial<ClusterOptions> = {}) {
    this.#options = options;
  }

  run(command: string): void {
    const [name = '', ...words] = command.split(/\s+/);
    if (name === 'options') this.#options = { ...this.#options, ...Object.fromEntries(words.map(parseOption)) };
    else if (name === 'servers') {
      this.#created = new Cluster(
        words.map((word) => this.#parseServer(word)),
        this.#options,
      );
    } else this.#runOn(this.cluster, name, words);
  }

  takeOutput(): string[] {
    const cluster = this.cluster;
    cluster.checkMembers();
    const trace = cluster.takeTrace().filter((line) => !/^\d+ (flush|pong .*)$/.test(line));
    return [...trace, ...states(cluster)];
  }

  get cluster(): Cluster {
    if (this.#created === undefined) throw new Error('a scenario begins with servers');
    return this.#created;
  }

  #runOn(cluster: Cluster, name: string, words: readonly string[]): void {
    const [first = '', second = ''] = words;
    const server = (): Server => cluster.server(Number(first));
    switch (name) {
      case 'lead':
        return server().lead();
      case 'follow':
        return this.#follow(cluster, words);
      case 'answer':
        for (const link of cluster.links.filter((each) => each.state === 'dialling')) cluster.answer(link);
        return;
      case 'deliver':
        return this.#deliver(cluster, first, second === '' ? Number.POSITIVE_INFINITY : Number(second));
      case 'disk':
        for (let left = second === '' ? 1000 : Number(second); left > 0 && server().disk.busy; left--)
          server().performDisk();
        return;
      case 'read':
        return server().performRead();
      case 'stream':
        for (const link of cluster.linksOf(server())) cluster.completeStream(link);
        return;
      case 'settle':
        return cluster.settle();
      case 'propose':
        server().propose(Number(second));
        return;
      case 'request':
        return server().toLearner({ type: 'request', requests: words.slice(1).map((cxid) => request(Number(cxid))) });
      case 'sync':
        return server().sync(Number(second));
      case 'cut':
        return this.#cut(cluster, first);
      case 'crash':
        return server().crash();
      case 'start':
        return server().start();
      case 'purge':
        return server().purge();
      case 'unreadable':
        server().disk.unreadable = true;
        return;
      case 'wait':
        return cluster.tick(Number(first), second === 'late');
      case 'hide':
        cluster.takeTrace();
        return;
      default:
        throw new Error(`unknown command ${name}`);
    }
  }

  /** `follow 2 3 of 1` */
  #follow(cluster: Cluster, words: readonly string[]): void {
    const leader = cluster.server(Number(words[words.length - 1]));
    for (const word of words.slice(0, -2)) cluster.server(Number(word)).follow(leader.sid);
  }

  /** `2>1`: what waits for 1, from 2. */
  #deliver(cluster: Cluster, direction: string, count: number): void {
    const [from, to] = direction.split('>').map(Number);
    const receiver = cluster.server(to as number);
    const links = cluster.linksOf(receiver).filter((link) => link.other(receiver).sid === from);
    for (const link of links)
      for (let left = count; left > 0 && link.queueTo(receiver).length > 0; left--) cluster.deliver(link, receiver);
  }

  #cut(cluster: Cluster, pair: string): void {
    const [one, other] = pair.split('-').map(Number);
    const server = cluster.server(one as number);
    for (const link of cluster.linksOf(server)) if (link.other(server).sid === other) cluster.cut(link);
  }

  /** `4=1:1..1:5@2/1`: server 4 with that history, acceptedEpoch 2, currentEpoch 1; `4o`: an observer; `4!`: may not be voted for. */
  #parseServer(word: string): ServerSetup {
    const match = /^(\d+)(o?)(!?)=([^@]*)(?:@(\d+)\/(\d+))?$/.exec(word);
    if (match === null) throw new Error(`no server: ${word}`);
    const [, id, observer, empty, text = '', accepted, current] = match;
    const history = makeRun(text).map((txn) => this.#shared(txn));
    const lastEpoch =
      history.length === 0 ? 0 : new DataView((history[history.length - 1] as TxnBytes).buffer).getUint32(12);
    return {
      id: Number(id),
      history,
      accepted: accepted === undefined ? lastEpoch : Number(accepted),
      current: current === undefined ? lastEpoch : Number(current),
      observer: observer === 'o',
      mayBeVotedFor: empty !== '!',
    };
  }

  #shared(txn: TxnBytes): TxnBytes {
    const key = `${new DataView(txn.buffer).getBigUint64(12)}`;
    const known = this.#txns.get(key) ?? txn;
    this.#txns.set(key, known);
    return known;
  }
}

function parseOption(word: string): [string, number] {
  const [name = '', value] = word.split('=');
  return [name, Number(value)];
}

function describe(server: Server): string {
  const { disk, leader, learner } = server;
  const last = server.tree[server.tree.length - 1];
  const tree =
    last === undefined ? '0:0' : show(new DataView(last.buffer).getBigUint64(12) as Parameters<typeof show>[0]);
  const role =
    leader !== undefined ? 'LEADING' : learner === undefined ? 'idle' : server.observer ? 'OBSERVING' : 'FOLLOWING';
  const state = leader?.zabState ?? learner?.zabState;
  const words = [role, ...(state === undefined ? [] : [state]), ...(server.serving ? ['serving'] : [])];
  const epochs = `${disk.acceptedEpoch}/${disk.currentEpoch}`;
  return `${server.sid}: ${server.up ? words.join(' ') : 'down'}, disk ${show(disk.lastZxid)} epochs ${epochs}, tree ${tree}`;
}
