// Performs faults on a world, within the limits of what Zab promises to survive: any number of servers may lose their power, but only one at a
// time what it had flushed.

import { type Millis, type ServerId, unreachable } from '@zebu/protocol';
import { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import { describeFault } from './describe-fault.ts';
import type { ConfigurationsInUse } from './configurations-in-use.ts';
import { damageDisk } from './disk-damage.ts';
import type { Fault, FaultStep, FaultType } from './fault.ts';
import { NetworkFaults } from './network-faults.ts';
import type { Supervisor } from './supervisor.ts';
import { serverOf, serversOf, victimsOf } from './victims.ts';

/** After a power failure of all, servers come back one after the other. */
const SPREAD_MS = 300;

export class FaultDriver {
  readonly #world: World;
  readonly #supervisor: Supervisor;
  readonly #configurations: ConfigurationsInUse;
  readonly #network: NetworkFaults;
  /** What goes on until it is ended, by what it holds in its grip. */
  readonly #lasting = new Map<string, () => void>();
  readonly #counts: Partial<Record<FaultType, number>> = {};
  #lastingCount = 0;

  constructor(world: World, supervisor: Supervisor, configurations: ConfigurationsInUse) {
    this.#configurations = configurations;
    this.#world = world;
    this.#supervisor = supervisor;
    this.#network = new NetworkFaults(world);
  }

  /** Those that struck. */
  get counts(): Readonly<Partial<Record<FaultType, number>>> {
    return this.#counts;
  }

  /** Each when its time has come. */
  schedule(steps: readonly FaultStep[], seed: number): void {
    for (const { at, fault } of steps) {
      // What a fault draws depends on the fault alone, so that others can be left out.
      const random = new SeededRandom(seed ^ Math.imul(Math.floor(at * 1000), 0x9e3779b1));
      this.#world.time.after(at - this.#world.time.now, () => this.#strike(fault, random));
    }
  }

  /** Nothing goes on any more; what is down stays down. */
  endAll(): void {
    for (const end of this.#lasting.values()) end();
  }

  /** Cuts servers off until `endAll`. */
  cutOff(servers: readonly ServerId[]): void {
    this.#last(`cut ${servers.join()}`, Number.POSITIVE_INFINITY, this.#network.cutOff(servers));
  }

  #strike(fault: Fault, random: SeededRandom): void {
    const servers = serversOf(this.#world, victimsOf(fault));
    // Told first: it explains what follows.
    this.#world.history.record({ type: 'fault', kind: fault.type, description: describeFault(fault), servers });
    if (this.#perform(fault, random)) this.#counts[fault.type] = (this.#counts[fault.type] ?? 0) + 1;
  }

  /** False when there was nobody to hit, or it must not be now. */
  #perform(fault: Fault, random: SeededRandom): boolean {
    const world = this.#world;
    switch (fault.type) {
      case 'powerLoss':
      case 'kill':
      case 'stop':
        return this.#crash(
          serversOf(world, fault.victims).filter((id) => world.isUp(id)),
          fault,
        );
      case 'powerLossOfAll':
        for (const id of world.ids) {
          world.powerLoss(id);
          this.#supervisor.bringBack(id, fault.downMs + random.between(0, SPREAD_MS));
        }
        return true;
      case 'pause':
        return this.#on(fault.victim, (id) => {
          if (!world.isUp(id)) return false;
          world.pause(id);
          return this.#last(`pause ${id}`, fault.forMs, () => world.resume(id));
        });
      case 'partition': {
        const servers = serversOf(world, fault.victims);
        if (servers.length === 0 || servers.length === world.ids.length) return false;
        return this.#last(`partition ${this.#lastingCount++}`, fault.forMs, this.#network.cutOff(servers));
      }
      case 'oneWayLoss':
        return this.#between([fault.from, fault.to], (from, to) =>
          this.#last(`stall ${this.#lastingCount++}`, fault.forMs, this.#network.stall(from, to)),
        );
      case 'resetLink':
        return this.#between(fault.between, (a, b) => {
          world.resetLink(a, b);
          return true;
        });
      case 'slowLink':
        return this.#between(fault.between, (a, b) => {
          world.setLinkDelay(a, b, [0.5 * fault.delayMs, 1.5 * fault.delayMs]);
          return this.#last(`link ${Math.min(a, b)}-${Math.max(a, b)}`, fault.forMs, () =>
            world.setLinkDelay(a, b, undefined),
          );
        });
      case 'slowDisk':
        return this.#on(fault.victim, (id) => {
          world.setDiskDelay(id, { flushMs: [0.5 * fault.flushMs, 1.5 * fault.flushMs] });
          return this.#last(`disk ${id}`, fault.forMs, () => world.setDiskDelay(id, undefined));
        });
      case 'failedWrite':
      case 'failedFlush':
        return this.#on(fault.victim, (id) => {
          if (!world.isUp(id)) return false;
          world.failNext(id, { operation: fault.type === 'failedWrite' ? 'write' : 'flush', code: fault.code });
          return true;
        });
      case 'fullDisk':
        return this.#on(fault.victim, (id) => {
          world.setDiskFull(id, true);
          return this.#last(`room ${id}`, fault.forMs, () => world.setDiskFull(id, false));
        });
      case 'lostFile':
      case 'flippedBit':
        return this.#damage(fault, random);
      case 'clockJump':
        return this.#on(fault.victim, (id) => {
          world.jumpWallClock(id, fault.byMs);
          return true;
        });
      case 'clockDrift':
        return this.#on(fault.victim, (id) => {
          world.setClockRate(id, fault.rate);
          return this.#last(`clock ${id}`, fault.forMs, () => world.setClockRate(id, 1));
        });
      case 'slowApply':
        return this.#on(fault.victim, (id) => {
          world.setTimerDelay(id, [0.5 * fault.delayMs, 1.5 * fault.delayMs]);
          return this.#last(`timers ${id}`, fault.forMs, () => world.setTimerDelay(id, undefined));
        });
      case 'dropClients':
        return this.#on(fault.victim, (id) => {
          world.dropClients(id);
          return world.isUp(id);
        });
      case 'transfer':
        return this.#on(fault.victim, (id) => {
          world.transferLeadership(id, fault.to === undefined ? undefined : serverOf(world, fault.to));
          return world.leader() === id;
        });
      default:
        return unreachable(fault);
    }
  }

  #crash(servers: readonly ServerId[], fault: Extract<Fault, { type: 'powerLoss' | 'kill' | 'stop' }>): boolean {
    const { type, downMs } = fault;
    for (const id of servers) {
      if (type === 'stop') {
        this.#supervisor.stop(id, downMs);
        continue;
      }
      if (type === 'kill') this.#world.kill(id);
      else {
        if (fault.silent) this.#silence(id, downMs);
        this.#world.powerLoss(id);
      }
      this.#supervisor.bringBack(id, downMs);
    }
    return servers.length > 0;
  }

  /** The others go on talking to a machine that is gone, and hear that its connections are when it is back. */
  #silence(id: ServerId, forMs: Millis): void {
    const others = this.#world.ids.filter((other) => other !== id);
    const ends = others.map((other) => this.#network.stall(id, other));
    this.#last(`silence ${this.#lastingCount++}`, forMs, () => {
      for (const end of ends) end();
    });
  }

  #damage(fault: Extract<Fault, { type: 'lostFile' | 'flippedBit' }>, random: SeededRandom): boolean {
    const supervisor = this.#supervisor;
    return this.#on(fault.victim, (id) => {
      if (supervisor.hasDamage || !this.#configurations.canDoWithout([id])) return false;
      // With a torn write beside it a flipped bit could be taken for a part of it.
      this.#world.powerLoss(id, 'nothing');
      supervisor.suspect(id);
      void damageDisk(this.#world, id, fault, random).then((damage) => {
        if (damage === 'noticed') supervisor.replaceDisk(id);
      });
      supervisor.bringBack(id, fault.downMs);
      return true;
    });
  }

  #on(victim: Parameters<typeof serverOf>[1], perform: (id: ServerId) => boolean): boolean {
    const id = serverOf(this.#world, victim);
    return id !== undefined && perform(id);
  }

  #between(
    victims: readonly [Parameters<typeof serverOf>[1], Parameters<typeof serverOf>[1]],
    perform: (a: ServerId, b: ServerId) => boolean,
  ): boolean {
    const [a, b] = victims.map((victim) => serverOf(this.#world, victim));
    return a !== undefined && b !== undefined && a !== b && perform(a, b);
  }

  /** The newest one of a key decides when it ends. */
  #last(key: string, forMs: Millis, end: () => void): true {
    const ending = (): void => {
      if (this.#lasting.get(key) !== ending) return;
      this.#lasting.delete(key);
      end();
    };
    this.#lasting.set(key, ending);
    if (forMs !== Number.POSITIVE_INFINITY) this.#world.time.after(forMs, ending);
    return true;
  }
}
