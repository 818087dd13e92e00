// Plays a script against a deployment. Steps do not overlap: after each, every connection is asked for a sign of life, so
// that what the step caused has arrived everywhere before the next begins, and two servers can be compared event by event.

import {
  type Arrival,
  type Connected,
  encodeRequest,
  RawConnection,
  RawSession,
  type Request,
  type SessionIdentity,
  xidOf,
} from '../raw/index.ts';
import { type Deployment, MAX_SESSION_TIMEOUT_MS, MIN_SESSION_TIMEOUT_MS } from '../servers/deployment.ts';
import { SUPER } from '../script/choices.ts';
import { type Configuration, resolveRequest, type RunFacts, type Script, type Step } from '../script/step.ts';
import type { Observation, Observed, Trace } from './observation.ts';

const SILENCE_LIMIT_MS = 10_000;
const EXPIRY_LIMIT_MS = 30_000;
const TOUCH_DELAY_MS = 600;
const CLOSING_LIMIT_MS = 2000;
const CLOSE_LIMIT_MS = { raw: 1000, check: 1000, auth: 20 } as const;
/** Xids of the player's own requests; what answers them is not observed. */
const OWN_XID = 0x7f000000;
const EVERYBODY = [{ perms: 31, scheme: 'world', id: 'anyone' }];

interface Client {
  connection: RawConnection | undefined;
  /** Open or not: the one that knows how far the session has counted its xids. */
  newestConnection: RawConnection;
  /** What it had before it reattached, while the server keeps it. */
  oldConnection: RawConnection | undefined;
  server: number;
  identity: SessionIdentity | undefined;
  lastZxid: bigint;
  closedAlready: boolean;
}

export async function play(script: Script, deployment: Deployment, root: string): Promise<Trace> {
  const player = await Player.open(script, deployment, root);
  try {
    const observations: Observation[] = [];
    for (const step of script.steps) {
      const observation = await player.take(step);
      observations.push(observation);
      // A server that owes an answer can no longer be told apart from one that is slow.
      if (Object.values(observation).some((seen) => seen.some(({ kind }) => kind === 'silence'))) break;
    }
    const { baseZxid, configuration, zxids } = player;
    return { root, baseZxid, members: configuration?.members ?? '', observations, zxids };
  } finally {
    await player.close();
  }
}

class Player {
  readonly baseZxid: bigint;
  /** The last one that the first server has applied, after each step. */
  readonly zxids: bigint[] = [];
  /** As the run found it; undefined on a standalone server. */
  readonly configuration: Configuration | undefined;
  #reconfigured = false;
  readonly #root: string;
  readonly #ports: readonly number[];
  /** The server takes no other clients. */
  readonly #readOnly: boolean;
  /** One session on every server, to look and to wait with. */
  readonly #probes: readonly RawSession[];
  readonly #clients = new Map<string, Client>();
  #ownXid = OWN_XID;

  private constructor(
    run: Pick<Player, 'baseZxid' | 'configuration'> & { readonly root: string },
    { ports, readOnly, probes }: { ports: readonly number[]; readOnly: boolean; probes: readonly RawSession[] },
  ) {
    this.#root = run.root;
    this.baseZxid = run.baseZxid;
    this.configuration = run.configuration;
    this.#ports = ports;
    this.#readOnly = readOnly;
    this.#probes = probes;
  }

  static async open(script: Script, deployment: Deployment, root: string): Promise<Player> {
    const ports = deployment.ports.slice(0, script.servers);
    const { isReadOnly: readOnly } = deployment;
    const probes: RawSession[] = [];
    for (const port of ports) probes.push(await RawSession.open(port, { timeoutMs: MAX_SESSION_TIMEOUT_MS, readOnly }));
    // Where nobody writes the root is there.
    const begun = await (probes[0] as RawSession).call(
      readOnly
        ? { op: 'exists', path: root, watch: false }
        : { op: 'create', path: root, data: '', acl: EVERYBODY, flags: 0 },
    );
    if (begun.err !== 0) throw new Error(`${deployment.name} answers ${begun.err} to the first request for ${root}`);
    const isEnsemble = ports.length > 1 || readOnly;
    const configuration = isEnsemble ? await configurationSeenBy(probes[0] as RawSession) : undefined;
    const player = new Player({ root, baseZxid: begun.zxid, configuration }, { ports, readOnly, probes });
    await player.#settle();
    return player;
  }

  async take(step: Step): Promise<Observation> {
    const own = await this.#act(step);
    this.zxids.push(await this.#settle());
    return this.#collect(step.client, own);
  }

  /** Leaves no session behind, so that nothing expires in the middle of a later run. */
  async close(): Promise<void> {
    for (const client of this.#clients.values()) {
      await client.oldConnection?.drop();
      await client.connection?.drop();
      if (client.identity === undefined) continue;
      await within(this.#closeSession(client.server, client.identity), CLOSING_LIMIT_MS);
    }
    await within(this.#restoreEnsemble(), CLOSING_LIMIT_MS);
    for (const probe of this.#probes)
      await within(
        probe.close().catch(() => probe.drop()),
        CLOSING_LIMIT_MS,
      );
  }

  async #closeSession(server: number, identity: SessionIdentity): Promise<void> {
    const options = { session: identity, readOnly: this.#readOnly };
    const session = await RawSession.open(this.#ports[server] as number, options).catch(() => undefined);
    if (session !== undefined && session.connected.sessionId !== 0n) await session.close().catch(() => undefined);
    await session?.drop();
  }

  /** What the acting client got before it could be asked anything else. */
  #act(step: Step): Promise<Observed[]> {
    switch (step.do) {
      case 'open':
        return this.#open(step);
      case 'reattach':
        return this.#reattach(step);
      case 'drop':
        return this.#drop(step.client);
      case 'expire':
        return this.#expire(step.client);
      case 'call':
        return this.#callInOrder(step);
      case 'callOverOldConnection':
        return this.#call(this.#clients.get(step.client)?.oldConnection, [step.request]);
      case 'mangled':
        return this.#callMangled(step);
      case 'bytes':
        return this.#sendBytes(step.client, step.bytes);
    }
  }

  async #open(step: Step & { do: 'open' }): Promise<Observed[]> {
    const { connection, observed, connected } = await this.#shakeHands(step.server, {
      timeoutMs: step.timeoutMs,
      readOnly: step.readOnly,
    });
    const accepted = connected !== undefined && connected.sessionId !== 0n;
    this.#clients.set(step.client, {
      connection: accepted ? connection : undefined,
      newestConnection: connection,
      oldConnection: undefined,
      server: step.server,
      identity: accepted ? connected : undefined,
      lastZxid: 0n,
      closedAlready: false,
    });
    return observed;
  }

  async #reattach(step: Step & { do: 'reattach' }): Promise<Observed[]> {
    const client = this.#clients.get(step.client);
    if (client?.identity === undefined) return [{ kind: 'impossible' }];
    const previous = client.connection;
    const { connection, observed, connected } = await this.#shakeHands(step.server, {
      timeoutMs: step.timeoutMs,
      readOnly: this.#readOnly,
      sessionId: client.identity.sessionId,
      password: { right: client.identity.password, wrong: 'wrong'.padEnd(16), empty: '' }[step.password],
      lastZxidSeen: { own: client.lastZxid, none: 0n, ahead: client.lastZxid + (1n << 32n) }[step.lastZxidSeen],
    });
    if (connected === undefined || connected.sessionId === 0n) return observed;
    // A server closes the older of two connections of a session itself; one on another server lives on.
    if (previous !== undefined && client.server === step.server) await within(previous.closed, SILENCE_LIMIT_MS);
    await client.oldConnection?.drop();
    connection.continueXids(client.newestConnection);
    Object.assign(client, {
      connection,
      newestConnection: connection,
      oldConnection: previous,
      server: step.server,
      closedAlready: false,
    });
    return observed;
  }

  async #drop(name: string): Promise<Observed[]> {
    const client = this.#clients.get(name);
    if (client === undefined) return [{ kind: 'impossible' }];
    await client.oldConnection?.drop();
    await client.connection?.drop();
    client.connection = undefined;
    client.oldConnection = undefined;
    return [];
  }

  /** A znode that dies with the session tells when it is gone; a short timeout is asked for only now, so that no pause expires it earlier. */
  async #expire(name: string): Promise<Observed[]> {
    const client = this.#clients.get(name);
    if (client?.identity === undefined) return [{ kind: 'impossible' }];
    // Beside the root, whose ACL may forbid it.
    const marker = `${this.#root}-expires-${name}`;
    await this.#drop(name);
    // A follower tells its leader late that a session was alive, and for how long that was to last.
    await pause(TOUCH_DELAY_MS);
    const port = this.#ports[client.server] as number;
    const session = await RawSession.open(port, { timeoutMs: MIN_SESSION_TIMEOUT_MS, session: client.identity });
    if (session.connected.sessionId === 0n) return [{ kind: 'impossible' }];
    const created = await session.call({ op: 'create', path: marker, data: '', acl: EVERYBODY, flags: 1 });
    await session.drop();
    if (created.err !== 0) return [{ kind: 'impossible' }];
    const end = Date.now() + EXPIRY_LIMIT_MS;
    const [probe] = this.#probes as readonly [RawSession];
    // Its server may not have seen the marker yet.
    await this.#sync(probe.connection);
    while (Date.now() < end) {
      if ((await probe.call({ op: 'exists', path: marker, watch: false })).err !== 0) return [];
      await pause(50);
    }
    return [{ kind: 'silence' }];
  }

  /** What a server still writes to an older connection when its session ends is chance. */
  async #callInOrder({ client: name, requests }: Step & { do: 'call' }): Promise<Observed[]> {
    const client = this.#clients.get(name);
    if (requests.some(({ op }) => op === 'closeSession')) await client?.oldConnection?.drop();
    return this.#call(client?.connection, requests);
  }

  async #call(connection: RawConnection | undefined, requests: readonly Request[]): Promise<Observed[]> {
    if (connection === undefined || connection.isClosed) return [{ kind: 'impossible' }];
    const facts = await this.#facts(requests);
    const resolved = requests.map((request) => resolveRequest(request, facts));
    return this.#answers(
      connection,
      resolved.map((request) => connection.call(request, xidOf(request))),
      resolved,
    );
  }

  async #facts(requests: readonly Request[]): Promise<RunFacts> {
    const facts = { root: this.#root, zxids: this.zxids };
    // Where nobody writes none is made.
    const mayChange = this.configuration !== undefined && !this.#readOnly;
    if (!mayChange || !requests.some(({ op }) => op === 'reconfig')) return facts;
    this.#reconfigured = true;
    const { version } = await configurationSeenBy(this.#probes[0] as RawSession);
    return { ...facts, configuration: { members: this.configuration.members, version } };
  }

  /** What the run changed of the ensemble, it changes back. */
  async #restoreEnsemble(): Promise<void> {
    const [port] = this.#ports;
    if (this.configuration === undefined || !this.#reconfigured || port === undefined) return;
    const session = await RawSession.open(port, { timeoutMs: MAX_SESSION_TIMEOUT_MS });
    const nothing = { joiningServers: null, leavingServers: null, curConfigId: -1n };
    await session.call({ op: 'auth', type: 0, scheme: 'digest', auth: SUPER });
    await session.call({ op: 'reconfig', ...nothing, newMembers: this.configuration.members });
    await session.close();
  }

  async #callMangled(step: Step & { do: 'mangled' }): Promise<Observed[]> {
    const connection = this.#clients.get(step.client)?.connection;
    if (connection === undefined || connection.isClosed) return [{ kind: 'impossible' }];
    const request = resolveRequest(step.request, await this.#facts([step.request]));
    const xid = xidOf(request) ?? connection.takeXid();
    const answered = connection.expectReply(request, xid);
    connection.sendFrame(mangle(encodeRequest(xid, request), step.mangling));
    return this.#answers(connection, [answered], [request]);
  }

  async #sendBytes(name: string, bytes: string): Promise<Observed[]> {
    const connection = this.#clients.get(name)?.connection;
    if (connection === undefined || connection.isClosed) return [{ kind: 'impossible' }];
    connection.sendBytes(Buffer.from(bytes, 'hex'));
    return (await within(connection.closed, SILENCE_LIMIT_MS)) ? [] : [{ kind: 'silence' }];
  }

  /** Replies themselves are among the connection's arrivals; here it is only waited for them. */
  async #answers(
    connection: RawConnection,
    calls: readonly Promise<unknown>[],
    requests: readonly Request[],
  ): Promise<Observed[]> {
    const outcomes = await Promise.all(
      calls.map((call) =>
        within(
          call.catch(() => undefined),
          SILENCE_LIMIT_MS,
        ),
      ),
    );
    if (outcomes.some((outcome) => !outcome)) return [{ kind: 'silence' }];
    const last = requests.at(-1);
    if (last?.op === 'closeSession') await within(connection.closed, SILENCE_LIMIT_MS);
    // A server ends the connection after its reply to these; it is given a moment, since the end travels behind the reply.
    else if (last?.op === 'raw' || last?.op === 'check' || last?.op === 'auth')
      await within(connection.closed, CLOSE_LIMIT_MS[last.op]);
    return [];
  }

  async #shakeHands(server: number, options: Parameters<RawConnection['connect']>[0]) {
    const connection = await RawConnection.open(this.#ports[server] as number);
    let connected: Connected | undefined;
    const shaken = connection.connect(options).then(
      (answer) => {
        connected = answer;
      },
      () => undefined,
    );
    const observed: Observed[] = [];
    if (!(await within(shaken, SILENCE_LIMIT_MS))) observed.push({ kind: 'silence' });
    if (connected !== undefined) observed.push({ kind: 'connected', connected });
    if (connected === undefined || connected.sessionId === 0n) {
      if (await within(connection.closed, SILENCE_LIMIT_MS)) observed.push({ kind: 'closed' });
      await connection.drop();
    }
    return { connection, observed, connected };
  }

  /** Afterwards every server has applied all that was committed, and every event is here. */
  async #settle(): Promise<bigint> {
    const connections = [...this.#clients.values()].flatMap((client) => [client.connection, client.oldConnection]);
    const open = connections.filter((connection): connection is RawConnection => connection?.isClosed === false);
    const alone = this.#ports.length === 1;
    if (!alone) await Promise.all(this.#probes.map((probe) => this.#sync(probe.connection)));
    await Promise.all(open.map((connection) => (alone ? this.#ping(connection) : this.#sync(connection))));
    const [probe] = this.#probes;
    return (await probe?.call({ op: 'exists', path: '/', watch: false }))?.zxid ?? 0n;
  }

  async #ping(connection: RawConnection): Promise<void> {
    await within(
      connection.ping().catch(() => undefined),
      SILENCE_LIMIT_MS,
    );
  }

  async #sync(connection: RawConnection): Promise<void> {
    const answered = connection.call({ op: 'sync', path: '/' }, this.#ownXid++).catch(() => undefined);
    await within(answered, SILENCE_LIMIT_MS);
  }

  #collect(acting: string, own: readonly Observed[]): Observation {
    const observation: Record<string, readonly Observed[]> = {};
    for (const [name, client] of this.#clients) {
      const observed = [...this.#arrivals(client.oldConnection), ...this.#arrivals(client.connection)];
      for (const one of observed) {
        if (one.kind === 'reply' && one.reply.zxid > client.lastZxid) client.lastZxid = one.reply.zxid;
      }
      if (name === acting) observed.push(...own);
      if (client.oldConnection?.isClosed === true) client.oldConnection = undefined;
      if (client.connection?.isClosed === true && !client.closedAlready) {
        client.closedAlready = true;
        observed.push({ kind: 'closed' });
        client.connection = undefined;
      }
      if (observed.length > 0) observation[name] = observed;
    }
    return observation;
  }

  #arrivals(connection: RawConnection | undefined): Observed[] {
    return (connection?.takeArrivals() ?? []).filter((arrival: Arrival) => {
      return arrival.kind !== 'reply' || arrival.reply.xid < OWN_XID;
    });
  }
}

async function configurationSeenBy(session: RawSession): Promise<Configuration> {
  const { body } = await session.call({ op: 'getData', path: '/zookeeper/config', watch: false });
  const [, members = '', version = '0'] = /^([^]*\n)?version=([0-9a-f]+)$/.exec(String(body?.['data'])) ?? [];
  return { members: members.trimEnd(), version: BigInt(`0x${version}`) };
}

function mangle(frame: Buffer, mangling: Extract<Step, { do: 'mangled' }>['mangling']): Buffer {
  const header = 8;
  if (mangling.kind === 'truncate') return frame.subarray(0, Math.max(header, frame.length - mangling.bytes));
  if (mangling.kind === 'append') return Buffer.concat([frame, Buffer.from(mangling.bytes, 'latin1')]);
  const changed = Buffer.from(frame);
  if (changed.length >= header + 4) changed.writeInt32BE(mangling.value, header);
  return changed;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Whether it came to its end in time. */
async function within(awaited: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const inTime = await Promise.race([awaited.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
