// What two servers may differ in, replaced by what they may not: zxids count from the run's beginning, sessions go by the
// name of their client, times are times, and lists that come out of hash tables are sorted.

import { errorName } from '@zebu/protocol';
import { type MultiResult, operationNamed, type Reply, type Request, type Stat } from '../raw/index.ts';
import type { Observed, Trace } from './observation.ts';

export interface NormaliseOptions {
  /** 3.9 says in an event's header which txn caused it, 3.8 does not. */
  readonly eventZxids: boolean;
}

/** One line for each thing that happened, by client. */
export type NormalObservation = Readonly<Record<string, readonly string[]>>;

export const SERVER = 'afterwards';

type Plain = Readonly<Record<string, unknown>>;

export class Normaliser {
  readonly #trace: Trace;
  readonly #options: NormaliseOptions;
  readonly #sessions = new Map<bigint, string>();
  /** Zxids from the first on are counted from the second. */
  readonly #bases: { from: bigint; base: bigint }[];

  constructor(trace: Trace, options: NormaliseOptions) {
    this.#trace = trace;
    this.#options = options;
    this.#bases = [{ from: trace.baseZxid, base: trace.baseZxid }];
  }

  /** In this step the server made so many txns more than the other, for a reason that is known. */
  shift(index: number, by: bigint): void {
    this.#bases.unshift({ from: this.#trace.zxids[index] ?? 0n, base: (this.#bases[0]?.base ?? 0n) + by });
  }

  /** What the clients saw in a step; under SERVER, where the server's zxids are then. */
  step(index: number): NormalObservation {
    const observation = this.#trace.observations[index] ?? {};
    const clients = Object.keys(observation).sort();
    const seen = clients.map((client): [string, string[]] => [client, this.#lines(client, observation[client] ?? [])]);
    const zxid = this.#trace.zxids[index];
    return Object.fromEntries([...seen, [SERVER, zxid === undefined ? [] : [`zxid ${this.#zxid(zxid)}`]]]);
  }

  #lines(client: string, observed: readonly Observed[]): string[] {
    return observed.map((one) => {
      switch (one.kind) {
        case 'connected': {
          const { sessionId, password, timeoutMs, protocolVersion, readOnly } = one.connected;
          if (sessionId !== 0n && !this.#sessions.has(sessionId)) this.#sessions.set(sessionId, `session of ${client}`);
          const blank = password !== null && /^\0*$/.test(password);
          return this.#line('connected', {
            session: this.#session(sessionId),
            timeoutMs,
            protocolVersion,
            password: `${password?.length} bytes${blank ? ', all zero' : ''}`,
            readOnly,
          });
        }
        case 'event': {
          const { zxid, ...event } = one.event;
          return this.#line('event', { ...event, ...(this.#options.eventZxids ? { zxid: this.#zxid(zxid) } : {}) });
        }
        case 'reply':
          return this.#line(`reply ${one.request?.op ?? 'to nothing'}`, this.#reply(one.request, one.reply));
        case 'closed':
        case 'silence':
        case 'impossible':
          return one.kind;
      }
    });
  }

  #line(what: string, fields: Plain): string {
    const shown = JSON.stringify(fields, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
    return `${what} ${shown}`.replaceAll(this.#trace.root, '~');
  }

  #reply(request: Request | undefined, reply: Reply): Plain {
    // What a reconfig answers is the znode of the configuration.
    const path = request?.op === 'reconfig' ? CONFIG : pathOf(request);
    const results = reply.body?.['results'] as readonly MultiResult[] | undefined;
    const ops = request !== undefined && 'ops' in request ? request.ops : [];
    return {
      xid: reply.xid,
      zxid: this.#zxid(reply.zxid),
      err: nameOf(reply.err),
      ...(reply.body === undefined ? {} : this.#body(reply.body, path)),
      ...(results === undefined ? {} : { results: results.map((result, op) => this.#result(result, pathOf(ops[op]))) }),
      ...(reply.undecoded === undefined ? {} : { undecoded: reply.undecoded }),
    };
  }

  #body(body: Plain, path: string | null): Plain {
    const shared = isShared(path, this.#trace.root);
    return Object.fromEntries(
      Object.entries(body).map(([name, value]): [string, unknown] => {
        switch (name) {
          case 'stat':
            return [name, path === CONFIG ? this.#configStat(value as Stat) : this.#stat(value as Stat, shared)];
          case 'children':
            return [name, this.#children(value as readonly string[] | null, shared)];
          case 'ephemerals':
          case 'clientInfo':
            return [name, sorted(value as readonly unknown[] | null)];
          case 'totalNumber':
            return [name, shared ? 'of all runs' : value];
          case 'data':
            return [name, path === CONFIG ? this.#configuration(String(value)) : value];
          default:
            return [name, value];
        }
      }),
    );
  }

  #result({ type, err, body }: MultiResult, path: string | null): Plain {
    const of = type === -1 ? 'error' : (operationNamed(type) ?? type);
    const fields = type === -1 ? { err: nameOf(body['err'] as number) } : this.#body(body, path);
    return { of, header: nameOf(err), ...fields };
  }

  #stat(stat: Stat, shared: boolean): unknown {
    if (shared) return 'of all runs';
    return {
      ...stat,
      czxid: this.#zxid(stat.czxid),
      mzxid: this.#zxid(stat.mzxid),
      pzxid: this.#zxid(stat.pzxid),
      ctime: stat.ctime > 0n ? 'a time' : stat.ctime,
      mtime: stat.mtime >= stat.ctime ? 'not before ctime' : stat.mtime,
      ephemeralOwner: this.#session(stat.ephemeralOwner),
    };
  }

  /** Servers that were there when the run began go by their ids; a version is a zxid. */
  #configuration(text: string): unknown {
    const members = this.#trace.members.split('\n');
    // ZooKeeper lists servers in the order of a hash table, whose size goes with who made it.
    const lines = text.split('\n').toSorted();
    return lines.map((line) => {
      if (members.includes(line)) return `${line.split('=')[0]} as before`;
      const version = /^version=([0-9a-f]+)$/.exec(line)?.[1];
      return version === undefined ? line : `version ${this.#zxid(BigInt(`0x${version}`))}`;
    });
  }

  /** Its length goes with the ports of the servers, and no run knows what came before it. */
  #configStat(stat: Stat): unknown {
    return { mzxid: this.#zxid(stat.mzxid), version: stat.version, cversion: stat.cversion, aversion: stat.aversion };
  }

  #children(children: readonly string[] | null, shared: boolean): unknown {
    return shared ? 'of all runs' : sorted(children);
  }

  #session(id: bigint): string {
    return this.#sessions.get(id) ?? (id === 0n ? 'none' : `0x${BigInt.asUintN(64, id).toString(16)}`);
  }

  #zxid(zxid: bigint): string {
    if (zxid <= 0n) return String(zxid);
    const since = this.#bases.find(({ from }) => zxid >= from);
    return since === undefined ? 'before' : `+${zxid - since.base}`;
  }
}

const pathOf = (request: Request | undefined): string | null =>
  request !== undefined && 'path' in request ? request.path : null;

const CONFIG = '/zookeeper/config';

/** Znodes that other runs change too. */
const isShared = (path: string | null, root: string): boolean => path !== null && !path.includes(root);

const nameOf = (code: number): string => errorName(code) ?? `error ${code}`;

function sorted(values: readonly unknown[] | null): readonly unknown[] | null {
  return values === null
    ? null
    : values.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}
