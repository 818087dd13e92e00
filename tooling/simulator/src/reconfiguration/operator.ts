// Whoever changes the ensemble of a run: asks for changes, good and bad ones; starts servers that are to join, stops such as have left, and loses
// configuration files. What it does is told apart from faults, and stays when faults are left out.

import { type Ensemble, parseEnsembleText, type ServerId } from '@zebu/protocol';
import type { ConfigurationsInUse } from '../faults/configurations-in-use.ts';
import type { Supervisor } from '../faults/supervisor.ts';
import { choose } from '../workload/actor.ts';
import { RecordedClient } from '../workload/recorded-client.ts';
import { ReplyZxids } from '../workload/reply-zxids.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import { SUPER_USER } from '../world/super-user.ts';
import type { World } from '../world/world.ts';
import { drawChange } from './draw-change.ts';

const PAUSE_MS = [150, 1500] as const;
const DOWN_MS = [50, 2000] as const;

export interface OperatorParts {
  readonly random: SeededRandom;
  readonly supervisor: Supervisor;
  readonly configurations: ConfigurationsInUse;
}

export class Operator {
  readonly #world: World;
  readonly #parts: OperatorParts;
  readonly #zxids: ReplyZxids;
  /** Versions that were in force at some time: what a change is made to that is to be refused, and what old files hold. */
  readonly #past: Ensemble[] = [];
  #client: RecordedClient | undefined;
  #clientCount = 0;
  #stopping = false;
  #idle = false;

  constructor(world: World, parts: OperatorParts) {
    this.#world = world;
    this.#parts = parts;
    this.#zxids = new ReplyZxids(world.history);
    this.#past.push(world.ensemble);
    // Until they are told to join.
    for (const id of world.spares) parts.supervisor.keepDown(id);
    void this.#work();
  }

  /** Stopped, and what it had asked for is answered, or nobody will. */
  get isIdle(): boolean {
    return this.#idle;
  }

  /** No new changes; whoever was to stay down may start, with files by which it finds the others, who may all have moved since it left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const { supervisor, configurations } = this.#parts;
    const { inForce } = configurations;
    for (const id of this.#world.ids)
      if (supervisor.isKept(id) && !this.#world.isUp(id) && inForce.version > 0n)
        await this.#world.configure(id, inForce);
    supervisor.letGo();
  }

  /** What is in force at last, as one server says after a sync. */
  async readBack(): Promise<void> {
    const client = this.#recordedClient();
    for (let attempt = 0; attempt < 50; attempt++) {
      const synced = await client.sync('/');
      if (synced.ok && (await client.getConfiguration()).ok) break;
    }
    await client.close();
  }

  async #work(): Promise<void> {
    const { random } = this.#parts;
    while (!this.#stopping) {
      await this.#world.time.sleep(random.between(...PAUSE_MS));
      if (this.#stopping) break;
      await choose(random, [
        [6, () => this.#changeEnsemble()],
        [1.5, () => this.#bringUp()],
        [1, () => this.#retire()],
        [1, () => this.#loseConfiguration()],
      ])();
    }
    await this.#client?.close();
    this.#client = undefined;
    this.#idle = true;
  }

  async #changeEnsemble(): Promise<void> {
    const { random } = this.#parts;
    const client = this.#recordedClient();
    const read = await client.getConfiguration();
    if (!read.ok || typeof read.data !== 'string') return;
    const current = parseEnsembleText(read.data);
    if (this.#past.at(-1)?.version !== current.version) this.#past.push(current);
    const changes = [this.#ask(client, current)];
    // The second one is in the way of the first, or is made to what is not in force any more.
    if (random.below(4) === 0) changes.push(this.#ask(client, current));
    await Promise.all(changes);
  }

  async #ask(client: RecordedClient, current: Ensemble): Promise<void> {
    const { random } = this.#parts;
    const { ids } = this.#world;
    const { words, change } = drawChange(random, current, { ids, running: ids.filter((id) => this.#world.isUp(id)) });
    const kind = random.below(6);
    const named = kind === 0 ? this.#past[random.below(this.#past.length)] : kind < 4 ? current : undefined;
    await client.reconfig(change, words, named?.version);
  }

  /** A server that was never there joins, or one that left comes back. It is given what is in force, and is added by a later change. */
  async #bringUp(): Promise<void> {
    const { random, supervisor, configurations } = this.#parts;
    const waiting = this.#world.ids.filter((id) => supervisor.isKept(id));
    const id = waiting[random.below(Math.max(1, waiting.length))];
    // Whoever joins finds an ensemble that is there: its first leader was established.
    if (id === undefined || configurations.inForce.version === 0n || this.#world.isUp(id)) return;
    await this.#world.configure(id, configurations.inForce);
    supervisor.admit(id);
    supervisor.start(id);
  }

  /** A server that is not in the ensemble is stopped, and may lose its disk. */
  async #retire(): Promise<void> {
    const { random, supervisor, configurations } = this.#parts;
    const leavers = this.#world.ids.filter((id) => this.#world.isUp(id) && !configurations.lists(id));
    const id = leavers[random.below(Math.max(1, leavers.length))];
    if (id === undefined || supervisor.isDamaged(id)) return;
    this.#world.kill(id);
    supervisor.keepDown(id);
    if (random.below(2) === 0 && !supervisor.hasDamage) supervisor.replaceDisk(id);
  }

  /** What the files say of the ensemble is old when the server is back, as after a restore of them by hand. */
  async #loseConfiguration(): Promise<void> {
    const { random, supervisor } = this.#parts;
    const { ids, history } = this.#world;
    const id = ids[random.below(ids.length)] as ServerId;
    const old = this.#past[random.below(this.#past.length)] as Ensemble;
    const downMs = random.between(...DOWN_MS);
    if (supervisor.isKept(id)) return;
    const description = `server ${id} loses power, and its configuration files are those of version ${old.version.toString(16)}`;
    history.record({ type: 'fault', kind: 'staleConfiguration', description, servers: [id] });
    this.#world.powerLoss(id);
    await this.#world.configure(id, old);
    supervisor.bringBack(id, downMs);
  }

  #recordedClient(): RecordedClient {
    if (this.#client !== undefined && !this.#client.isOver) return this.#client;
    const name = `operator-${this.#clientCount++}`;
    this.#client = new RecordedClient(this.#world, this.#zxids, { name });
    this.#client.authenticate('digest', SUPER_USER);
    return this.#client;
  }
}
