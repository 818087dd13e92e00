// Sessions that use what is beyond plain writes: ephemerals (by which local sessions become global), multis, containers, TTLs, and a
// watch that stays. What must hold of each is judged at once, or when all is calm.

import { type Client, CreateMode, isZooKeeperError } from '@zebu/client';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedEnsemble } from './simulated-ensemble.ts';
import type { Workload } from './workload.ts';

const TTL_MS = 300;
/** A client, and whether it has heard of everything since it began to watch. */
interface Session {
  readonly client: Client;
  readonly heard: Set<string>;
  hearsAll: boolean;
}

export class SurfaceWorkload {
  readonly violations: string[] = [];
  ephemeralCount = 0;
  readonly #ensemble: SimulatedEnsemble;
  readonly #createClient: () => Client;
  readonly #random: SeededRandom;
  /** Created by one multi: all of them are there, or none. */
  readonly #together: (readonly string[])[] = [];
  /** Of multis that fail. */
  readonly #absent: string[] = [];
  /** Of multis that succeed, and children that were left in their containers. */
  readonly #present: string[] = [];
  /** Containers whose children are gone, and znodes whose time has passed. */
  readonly #collected: string[] = [];
  #stopping = false;
  #running = 0;
  #count = 0;

  constructor(ensemble: SimulatedEnsemble, workload: Workload, clientCount: number) {
    this.#ensemble = ensemble;
    this.#createClient = () => workload.client();
    this.#random = ensemble.random.fork();
    for (let client = 0; client < clientCount; client++) void this.#run();
  }

  stop(): void {
    this.#stopping = true;
  }

  get stopped(): boolean {
    return this.#stopping && this.#running === 0;
  }

  /** No server has an ephemeral left: the sessions are closed, or expired. */
  get isLetGo(): boolean {
    return this.#ensemble.ids.every((id) => this.#ensemble.view(id)?.ephemeralsCount === 0);
  }

  /** When nothing is written any more. */
  async verify(client: Client): Promise<string[]> {
    const isThere = async (path: string): Promise<boolean> =>
      (await persistently(() => client.exists(path))) !== undefined;
    const violations: string[] = [];
    for (const paths of this.#together) {
      const found = await Promise.all(paths.map(isThere));
      if (new Set(found).size > 1) violations.push(`only a part of a multi happened: ${paths.join(' ')}`);
    }
    for (const path of this.#absent) if (await isThere(path)) violations.push(`${path} of a failed multi is there`);
    for (const path of this.#present) if (!(await isThere(path))) violations.push(`${path} is gone`);
    for (const path of this.#collected) {
      for (let patience = 100; await isThere(path); patience--) {
        await this.#ensemble.time.sleep(TTL_MS);
        if (patience > 0) continue;
        violations.push(`${path} is not collected`);
        break;
      }
    }
    return violations;
  }

  async #run(): Promise<void> {
    this.#running++;
    const actions: ((session: Session) => Promise<void>)[] = [
      (session) => this.#ephemeral(session),
      (session) => this.#multi(session),
      (session) => this.#failingMulti(session),
      (session) => this.#container(session),
      (session) => this.#ttl(session),
    ];
    let session = this.#begin();
    while (!this.#stopping) {
      const action = actions[this.#random.below(actions.length)] as (typeof actions)[number];
      try {
        if (!session.hearsAll) await this.#listen(session);
        await action(session);
      } catch (error) {
        if (isZooKeeperError(error, 'SESSIONEXPIRED')) {
          void session.client.close();
          session = this.#begin();
        } else if (!isZooKeeperError(error, 'CONNECTIONLOSS')) {
          this.violations.push(`after ${this.#count} actions: ${String(error)}`);
        }
      }
      await this.#ensemble.time.sleep(this.#random.between(0, 30));
    }
    // What is not closed expires.
    if (this.#random.below(4) === 0) session.client.detach();
    else await session.client.close();
    this.#running--;
  }

  #begin(): Session {
    const session: Session = { client: this.#createClient(), heard: new Set(), hearsAll: false };
    session.client.onSessionEvent(({ type }) => {
      if (type === 'disconnected') session.hearsAll = false;
    });
    return session;
  }

  async #listen(session: Session): Promise<void> {
    session.heard.clear();
    await session.client.connected();
    session.hearsAll = true;
    await session.client.addWatch('/', ({ path }) => void session.heard.add(path), { recursive: true });
  }

  /** The reply comes behind the event. */
  async #create(session: Session, path: string, mode: CreateMode, ttlMs?: number): Promise<void> {
    await session.client.create(path, null, ttlMs === undefined ? { mode } : { mode, ttlMs });
    if (session.hearsAll && !session.heard.has(path)) this.violations.push(`${path} was created unheard`);
  }

  async #ephemeral(session: Session): Promise<void> {
    const path = this.#path('e');
    await this.#create(session, path, CreateMode.EPHEMERAL);
    const { ephemeralOwner } = (await session.client.getData(path)).stat;
    this.ephemeralCount++;
    if (ephemeralOwner !== session.client.sessionId) this.violations.push(`${path} is owned by ${ephemeralOwner}`);
    if (this.#random.below(2) === 0) await session.client.delete(path);
  }

  async #multi({ client }: Session): Promise<void> {
    const path = this.#path('m');
    const paths = [path, `${path}/child`, `${path}-ttl`];
    this.#together.push(paths);
    await client.multi([
      { type: 'create2', path },
      { type: 'create', path: `${path}/child`, mode: CreateMode.PERSISTENT },
      { type: 'create', path: `${path}-ttl`, ttlMs: 3_600_000 },
      { type: 'setData', path, data: 'x', version: 0 },
      { type: 'check', path, version: 1 },
    ]);
    this.#present.push(...paths);
  }

  async #failingMulti({ client }: Session): Promise<void> {
    const path = this.#path('f');
    this.#absent.push(path);
    try {
      await client.multi([
        { type: 'create', path, mode: this.#random.below(2) === 0 ? CreateMode.EPHEMERAL : CreateMode.CONTAINER },
        { type: 'check', path, version: 7 },
      ]);
      this.violations.push(`the multi of ${path} succeeded`);
    } catch (error) {
      if (!isZooKeeperError(error, 'BADVERSION')) throw error;
    }
  }

  async #container(session: Session): Promise<void> {
    const path = this.#path('c');
    await this.#create(session, path, CreateMode.CONTAINER);
    await this.#create(session, `${path}/first`, CreateMode.PERSISTENT);
    await session.client.delete(`${path}/first`);
    if (this.#random.below(2) === 0) {
      this.#collected.push(path);
      return;
    }
    try {
      await this.#ensemble.time.sleep(this.#random.between(0, 100));
      await session.client.create(`${path}/second`);
      this.#present.push(`${path}/second`);
    } catch (error) {
      // It was collected first.
      if (!isZooKeeperError(error, 'NONODE')) throw error;
    }
  }

  async #ttl(session: Session): Promise<void> {
    const path = this.#path('t');
    await this.#create(session, path, CreateMode.PERSISTENT_WITH_TTL, TTL_MS);
    this.#collected.push(path);
  }

  #path(kind: string): string {
    this.#count++;
    return `/${kind}${this.#count}`;
  }
}

/** A read may be repeated: only a connection that breaks under it says nothing. */
export async function persistently<Value>(read: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!isZooKeeperError(error, 'CONNECTIONLOSS')) throw error;
    }
  }
}
