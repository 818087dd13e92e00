// Several hosts on one machine: a network namespace each, joined by a bridge that this process is on, too. Cuts are rules at the receiver,
// which drop what comes from a sender without a word to either: nothing but iproute2 and the kernel's routing is needed.

import type { ServerId } from '@zebu/protocol';
import { command } from '../run/command.ts';

const BRIDGE = 'bridge';
const SUBNET = '10.77.0';
const OWN_ADDRESS = `${SUBNET}.254`;
/** Before the rule that takes packets for the host itself. */
const CUT_PREFERENCE = '10';
const LOCAL_PREFERENCE = '100';

const hostName = (id: ServerId): string => `host-${id}`;
const portName = (id: ServerId): string => `port-${id}`;

export class Network {
  readonly ids: readonly ServerId[];
  /** As `from to`. */
  readonly #cuts = new Map<string, readonly [from: ServerId, to: ServerId]>();
  readonly #unplugged = new Set<ServerId>();

  private constructor(ids: readonly ServerId[]) {
    this.ids = ids;
  }

  /** In the sandbox, where all names are ours. */
  static async create(ids: readonly ServerId[]): Promise<Network> {
    await ip('link', 'add', BRIDGE, 'type', 'bridge');
    await ip('address', 'add', `${OWN_ADDRESS}/24`, 'dev', BRIDGE);
    await ip('link', 'set', BRIDGE, 'up');
    const network = new Network(ids);
    for (const id of ids) await network.#join(id);
    return network;
  }

  addressOf(id: ServerId): string {
    return `${SUBNET}.${id}`;
  }

  /** What a command line begins with to run on that host. */
  within(id: ServerId): string[] {
    return ['nsenter', `--net=/run/netns/${hostName(id)}`];
  }

  /** Nothing from one reaches the other; both may talk to clients. */
  async cut(from: ServerId, to: ServerId): Promise<void> {
    const key = `${from} ${to}`;
    if (from === to || this.#cuts.has(key)) return;
    await this.#rule('add', from, to);
    this.#cuts.set(key, [from, to]);
  }

  async mend(from: ServerId, to: ServerId): Promise<void> {
    if (this.#cuts.delete(`${from} ${to}`)) await this.#rule('del', from, to);
  }

  /** Servers of different groups do not hear of each other. */
  async split(...groups: readonly (readonly ServerId[])[]): Promise<void> {
    for (const group of groups) {
      for (const other of groups) {
        if (other === group) continue;
        for (const from of group) for (const to of other) await this.cut(from, to);
      }
    }
  }

  isolate(id: ServerId): Promise<void> {
    return this.split(
      [id],
      this.ids.filter((other) => other !== id),
    );
  }

  /** The cable is out: clients are cut off as well. */
  async unplug(id: ServerId): Promise<void> {
    this.#unplugged.add(id);
    await ip('link', 'set', portName(id), 'down');
  }

  async plugIn(id: ServerId): Promise<void> {
    await ip('link', 'set', portName(id), 'up');
    this.#unplugged.delete(id);
  }

  async healAll(): Promise<void> {
    for (const id of this.#unplugged) await this.plugIn(id);
    for (const [from, to] of this.#cuts.values()) await this.mend(from, to);
  }

  async remove(): Promise<void> {
    for (const id of this.ids) {
      // With its namespace it would go too, but later: the next network wants the name.
      await ip('link', 'delete', portName(id));
      await ip('netns', 'delete', hostName(id));
    }
    await ip('link', 'delete', BRIDGE);
  }

  async #join(id: ServerId): Promise<void> {
    const host = hostName(id);
    await ip('netns', 'add', host);
    await ip('link', 'add', portName(id), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host);
    await ip('link', 'set', portName(id), 'master', BRIDGE, 'up');
    await ip('-n', host, 'address', 'add', `${this.addressOf(id)}/24`, 'dev', 'eth0');
    await ip('-n', host, 'link', 'set', 'lo', 'up');
    await ip('-n', host, 'link', 'set', 'eth0', 'up');
    // The kernel's own first rule leaves no room for ours before it.
    await ip('-n', host, 'rule', 'add', 'preference', LOCAL_PREFERENCE, 'lookup', 'local');
    await ip('-n', host, 'rule', 'delete', 'preference', '0');
  }

  async #rule(action: 'add' | 'del', from: ServerId, to: ServerId): Promise<void> {
    const rule = ['preference', CUT_PREFERENCE, 'from', this.addressOf(from), 'blackhole'];
    await ip('-n', hostName(to), 'rule', action, ...rule);
  }
}

const ip = (...args: readonly string[]): Promise<string> => command('ip', args);
