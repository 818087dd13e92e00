// The clients of a story: one for each server that is written to or read from, made anew when its session is over. What they ask and are
// answered is in the history, so that the checkers of clients judge stories too.

import { type Client, type EnsembleChange, isZooKeeperError, type Stat } from '@zebu/client';
import type { ServerId, Zxid } from '@zebu/protocol';
import type { ClientOutcome, ClientRequest } from '../history/event.ts';
import type { World } from '../world/world.ts';
import { SUPER_USER } from '../world/super-user.ts';
import { letterOf } from './letters.ts';

export interface Write {
  readonly name: string;
  readonly path: string;
  readonly data: string;
  /** `unknown`: the connection broke, or the session ended; nobody knows whether it was done. */
  status: 'pending' | 'acknowledged' | 'unknown' | 'refused';
  /** Once it is acknowledged, or was seen being logged. */
  zxid: Zxid | undefined;
  error: string | undefined;
}

/** A change of the ensemble that was asked for. */
export interface Reconfig {
  readonly words: string;
  status: 'pending' | 'made' | 'unknown' | 'refused';
  error: string | undefined;
}

interface Teller {
  readonly name: string;
  readonly client: Client;
  operationCount: number;
}

export class StoryClients {
  readonly #world: World;
  /** Servers that have stopped serving since their client was made. */
  readonly #over = new Set<ServerId>();
  readonly #tellers = new Map<ServerId, Teller>();
  #count = 0;

  constructor(world: World) {
    this.#world = world;
    // Local sessions end with the role of the server that has them; a client that finds that out by itself would do so amid a request.
    world.history.listen((event) => {
      if (event.type === 'ended' || (event.type === 'role' && !event.serving)) this.#over.add(event.server);
    });
  }

  create(server: ServerId, path: string, data: string): Write {
    const teller = this.#teller(server);
    const operation = this.#invoke(teller, { type: 'create', path, data, ephemeral: false, sequential: false });
    const write: Write = { name: path.slice(1), path, data, status: 'pending', zxid: undefined, error: undefined };
    teller.client.createWithStat(path, data).then(
      ({ stat }) => {
        write.status = 'acknowledged';
        write.zxid = stat.czxid;
        this.#return(teller, operation, { ok: true, zxid: stat.czxid, path });
      },
      (error: unknown) => {
        write.error = String(error);
        write.status = isUnknown(error) ? 'unknown' : 'refused';
        this.#return(teller, operation, { ok: false, error: codeOf(error) });
      },
    );
    return write;
  }

  reconfigure(server: ServerId, change: EnsembleChange, words: string): Reconfig {
    const teller = this.#teller(server);
    // What this comes to shows in what becomes of the reconfig.
    teller.client.addAuth('digest', SUPER_USER).catch(() => undefined);
    const operation = this.#invoke(teller, { type: 'reconfig', change: words });
    const reconfig: Reconfig = { words, status: 'pending', error: undefined };
    teller.client.reconfig(change).then(
      ({ version }) => {
        reconfig.status = 'made';
        this.#return(teller, operation, { ok: true, zxid: version as Zxid, configuration: version });
      },
      (error: unknown) => {
        reconfig.error = String(error);
        reconfig.status = isUnknown(error) ? 'unknown' : 'refused';
        this.#return(teller, operation, { ok: false, error: codeOf(error) });
      },
    );
    return reconfig;
  }

  /** What the server itself shows; undefined when there is no such znode. */
  async read(server: ServerId, path: string): Promise<string | undefined> {
    for (let attempt = 1; ; attempt++) {
      const teller = this.#teller(server);
      const operation = this.#invoke(teller, { type: 'getData', path });
      try {
        const { data, stat } = await teller.client.getData(path);
        const text = data === null ? null : new TextDecoder().decode(data);
        this.#return(teller, operation, { ok: true, zxid: stat.mzxid, data: text, stat: statOf(stat) });
        return text ?? '';
      } catch (error) {
        this.#return(teller, operation, { ok: false, error: codeOf(error) });
        if (isZooKeeperError(error, 'NONODE')) return undefined;
        // Only a connection or session that ends under it says nothing; the server may just have begun anew.
        if (!isUnknown(error) || attempt === 20) throw error;
        await this.#world.time.sleep(20);
      }
    }
  }

  #teller(server: ServerId): Teller {
    const known = this.#tellers.get(server);
    const isOver = this.#over.delete(server) || known?.client.state === 'expired' || known?.client.state === 'closed';
    if (known !== undefined && !isOver) return known;
    known?.client.detach();
    const name = `client-${++this.#count}-at-${letterOf(server)}`;
    const teller = { name, client: this.#world.client({ name, servers: [server] }), operationCount: 0 };
    this.#tellers.set(server, teller);
    return teller;
  }

  #invoke(teller: Teller, request: ClientRequest): number {
    const operation = ++teller.operationCount;
    this.#world.history.record({ client: teller.name, type: 'invoked', operation, request });
    return operation;
  }

  #return({ name }: Teller, operation: number, outcome: ClientOutcome): void {
    this.#world.history.record({ client: name, type: 'returned', operation, outcome });
  }
}

const isUnknown = (error: unknown): boolean =>
  isZooKeeperError(error, 'CONNECTIONLOSS', 'SESSIONEXPIRED', 'CLIENT_CLOSED');

const codeOf = (error: unknown): string => (isZooKeeperError(error) ? error.code : String(error));

const statOf = ({
  czxid,
  mzxid,
  pzxid,
  version,
  ephemeralOwner,
}: Stat): Required<ClientOutcome & { ok: true }>['stat'] => ({
  czxid,
  mzxid,
  pzxid,
  version,
  ephemeralOwner,
});
