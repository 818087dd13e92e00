// A session as the rows use it: answers that must be OK, answers that must be an error, events so far.

import {
  type Acl,
  type ConnectOptions,
  type PlainRequest,
  RawSession,
  type Reply,
  type Request,
  type SessionIdentity,
  type Stat,
  type WatchEvent,
} from '@zebu/conformance/raw';
import { expect } from 'vitest';

export const OPEN: readonly Acl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];
export const ANY_VERSION = -1;
export const EventType = { CREATED: 1, DELETED: 2, DATA_CHANGED: 3, CHILDREN_CHANGED: 4 } as const;

export interface OpenOptions extends Partial<ConnectOptions> {
  readonly session?: SessionIdentity;
}

/** What a reply can carry; a field that is not there is undefined. */
export interface Body {
  readonly path?: string;
  readonly data?: string | null;
  readonly stat: Stat;
  readonly children: readonly string[];
  readonly acl: readonly Acl[];
  readonly results: readonly { readonly type: number; readonly err: number; readonly body: Body }[];
  readonly ephemerals: readonly string[];
  readonly totalNumber: number;
  readonly clientInfo: readonly { readonly scheme: string; readonly user: string }[];
  readonly token?: string | null;
  readonly err?: number;
}

export class Client {
  readonly session: RawSession;

  constructor(session: RawSession) {
    this.session = session;
  }

  get id(): bigint {
    return this.session.connected.sessionId;
  }

  get isClosed(): boolean {
    return this.session.connection.isClosed;
  }

  reply(request: Request): Promise<Reply> {
    return this.session.call(request);
  }

  /** The body of the reply, which must be OK. */
  async ok(request: Request): Promise<Body> {
    const reply = await this.reply(request);
    expect(reply, `${request.op} is answered`).toMatchObject({ err: 0 });
    expect(reply.undecoded, `${request.op} is answered in its own form`).toBeUndefined();
    return (reply.body ?? {}) as unknown as Body;
  }

  async refused(request: Request, code: number): Promise<void> {
    const { err } = await this.reply(request);
    expect(err, `${request.op} is refused`).toBe(code);
  }

  create(path: string, options: { data?: string; flags?: number; acl?: readonly Acl[] } = {}): Promise<Body> {
    return this.ok(createOf(path, options));
  }

  delete(path: string, version: number = ANY_VERSION): Promise<Body> {
    return this.ok({ op: 'delete', path, version });
  }

  setData(path: string, data: string, version: number = ANY_VERSION): Promise<Body> {
    return this.ok({ op: 'setData', path, data, version });
  }

  getData(path: string, watch = false): Promise<Body> {
    return this.ok({ op: 'getData', path, watch });
  }

  exists(path: string, watch = false): Promise<Body> {
    return this.ok({ op: 'exists', path, watch });
  }

  children(path: string, watch = false): Promise<readonly string[]> {
    return this.ok({ op: 'getChildren', path, watch }).then(({ children }) => children.toSorted());
  }

  /** With a digest identity from now on. */
  authenticate(user: string): Promise<Body> {
    return this.ok({ op: 'auth', type: 0, scheme: 'digest', auth: user });
  }

  /** Those that came before now, and were not asked for before: type and path. */
  async events(): Promise<Pick<WatchEvent, 'type' | 'path'>[]> {
    const events = await this.session.events();
    return events.map(({ type, path }) => ({ type, path }));
  }

  /** The connection must end: the server's doing. */
  async ended(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => (timer = setTimeout(() => resolve('stays open'), 2000)));
    const how = await Promise.race([this.session.connection.closed.then(() => 'ends'), late]);
    clearTimeout(timer);
    expect(how, 'the connection').toBe('ends');
  }

  drop(): Promise<void> {
    return this.session.drop();
  }
}

export const createOf = (
  path: string,
  { data = '', flags = 0, acl = OPEN }: { data?: string; flags?: number; acl?: readonly Acl[] } = {},
): PlainRequest & { op: 'create' } => ({ op: 'create', path, data, acl, flags });
