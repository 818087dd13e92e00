// A well-behaved client beside the fuzzer. It works in its own corner of the tree and knows what every answer must be; the first that is
// wrong, late or missing is a failure of the server.

import { type Arrival, type PlainRequest, RawSession, type Reply, type WatchEvent } from '@zebu/conformance/raw';
import { Permission } from '@zebu/protocol';

const OPEN = [{ perms: Permission.ALL, scheme: 'world', id: 'anyone' }];
const ANY_VERSION = -1;
const PERSISTENT = 0;
const EPHEMERAL = 1;
const SEQUENTIAL = 2;
const NODE_CREATED = 1;
const NODE_DELETED = 2;
const NODE_DATA_CHANGED = 3;
const NODE_CHILDREN_CHANGED = 4;
const OK = 0;
const NO_NODE = -101;
const BAD_VERSION = -103;
const NODE_EXISTS = -110;

/** A round of requests takes a millisecond. After so long the server hangs. */
const PATIENCE_MS = 20_000;
/** Between rounds, so that the witness leaves the machine to the fuzzer. */
const PAUSE_MS = 5;

export class WitnessError extends Error {
  override readonly name = 'WitnessError';
  readonly code = 'WITNESS';
}

export class Witness {
  readonly home: string;
  readonly #session: RawSession;
  #rounds = 0;
  #lastZxid = 0n;
  #stopped = false;
  #run: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  private constructor(session: RawSession, home: string) {
    this.#session = session;
    this.home = home;
  }

  /** Makes its corner. `failed` is called once, with the first thing that was wrong. */
  static async start(port: number, home: string, failed: (error: Error) => void): Promise<Witness> {
    const witness = new Witness(await RawSession.open(port, { timeoutMs: 1_000_000 }), home);
    await witness.#prepare();
    witness.#run = witness.#work().catch((error: unknown) => {
      witness.#failure = error instanceof Error ? error : new Error(String(error));
      failed(witness.#failure);
    });
    return witness;
  }

  get rounds(): number {
    return this.#rounds;
  }

  /** Ends its session as a client should. Rejects with what was wrong, now or before. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
    if (this.#failure !== undefined) throw this.#failure;
    await this.#session.close();
  }

  /** One more round has begun and ended since this was called. */
  async nextRound(): Promise<void> {
    const wanted = this.#rounds + 2;
    while (this.#rounds < wanted && this.#failure === undefined) await pause(PAUSE_MS);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #prepare(): Promise<void> {
    const { home } = this;
    await this.#expect(createRequest(home, 'home', PERSISTENT), { path: home });
    await this.#expect(createRequest(`${home}/standing`, '', EPHEMERAL), { path: `${home}/standing` });
    await this.#expect(createRequest(`${home}/queue`, '', PERSISTENT), { path: `${home}/queue` });
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      await within(this.#round(this.#rounds), `round ${this.#rounds} of the witness`);
      this.#rounds++;
      await pause(PAUSE_MS);
    }
  }

  /** All of it is sent before the first answer comes, so it also shows that answers keep their order. */
  async #round(round: number): Promise<void> {
    this.#session.connection.takeArrivals();
    const steps = this.#steps(round);
    await Promise.all(steps.map(({ request, code }) => this.#call(request, code ?? OK)));
    this.#judgeArrivals(this.#session.connection.takeArrivals(), steps);
  }

  #steps(round: number): Step[] {
    const { home } = this;
    const node = `${home}/n${round}`;
    const ephemeral = `${home}/e`;
    const element = `${home}/queue/q-${String(round).padStart(10, '0')}`;
    const sessionId = this.#session.connected.sessionId;
    const event = (type: number, path: string): Expected => ({ type, path });
    return [
      { request: { op: 'exists', path: node, watch: true }, code: NO_NODE },
      { request: { op: 'getChildren', path: home, watch: true }, body: { children: ['queue', 'standing'] } },
      {
        request: createRequest(node, `data ${round}`, PERSISTENT),
        before: [event(NODE_CREATED, node), event(NODE_CHILDREN_CHANGED, home)],
        body: { path: node },
      },
      { request: createRequest(node, '', PERSISTENT), code: NODE_EXISTS },
      {
        request: { op: 'getData', path: node, watch: true },
        body: { data: `data ${round}`, stat: { version: 0, ephemeralOwner: 0n, numChildren: 0 } },
      },
      { request: { op: 'setData', path: node, data: 'stale', version: 5 }, code: BAD_VERSION },
      {
        request: { op: 'setData', path: node, data: `new ${round}`, version: 0 },
        before: [event(NODE_DATA_CHANGED, node)],
        body: { stat: { version: 1 } },
      },
      { request: { op: 'getData', path: node, watch: false }, body: { data: `new ${round}`, stat: { version: 1 } } },
      { request: createRequest(ephemeral, '', EPHEMERAL), body: { path: ephemeral } },
      { request: { op: 'exists', path: ephemeral, watch: true }, body: { stat: { ephemeralOwner: sessionId } } },
      {
        request: { op: 'exists', path: `${home}/standing`, watch: false },
        body: { stat: { ephemeralOwner: sessionId } },
      },
      { request: createRequest(`${home}/queue/q-`, '', SEQUENTIAL), body: { path: element } },
      { request: { op: 'delete', path: element, version: ANY_VERSION } },
      { request: { op: 'delete', path: ephemeral, version: ANY_VERSION }, before: [event(NODE_DELETED, ephemeral)] },
      { request: { op: 'delete', path: node, version: 1 } },
      { request: { op: 'getData', path: node, watch: false }, code: NO_NODE },
      { request: { op: 'getChildren', path: home, watch: false }, body: { children: ['queue', 'standing'] } },
    ];
  }

  async #call(request: PlainRequest, code: number): Promise<void> {
    const reply = await this.#session.call(request);
    this.#judgeHeader(request, reply, code);
  }

  async #expect(request: PlainRequest, body: object): Promise<void> {
    const reply = await this.#session.call(request);
    this.#judgeHeader(request, reply, OK);
    judgeBody(request, reply, body);
  }

  #judgeHeader(request: PlainRequest, reply: Reply, code: number): void {
    if (reply.err !== code) throw new WitnessError(`${shown(request)} was answered ${reply.err}, not ${code}`);
    if (reply.zxid < this.#lastZxid) {
      throw new WitnessError(`${shown(request)} was answered as of zxid ${reply.zxid}, after ${this.#lastZxid}`);
    }
    this.#lastZxid = reply.zxid;
  }

  /** Answers and events, in the one order in which they may come. */
  #judgeArrivals(arrivals: readonly Arrival[], steps: readonly Step[]): void {
    const expected = steps.flatMap((step) => [...(step.before ?? []), step]);
    if (arrivals.length !== expected.length) {
      throw new WitnessError(`${arrivals.length} answers and events came, not ${expected.length}: ${shown(arrivals)}`);
    }
    for (const [index, wanted] of expected.entries()) judgeArrival(arrivals[index] as Arrival, wanted);
  }
}

interface Expected {
  readonly type: number;
  readonly path: string;
}

interface Step {
  readonly request: PlainRequest;
  /** OK untold. */
  readonly code?: number;
  /** What the body must hold, at least. */
  readonly body?: object;
  /** Events that come right before the answer. */
  readonly before?: readonly Expected[];
}

function judgeArrival(arrival: Arrival, wanted: Step | Expected): void {
  if ('request' in wanted) {
    if (arrival.kind !== 'reply' || arrival.request !== wanted.request) {
      throw new WitnessError(`${shown(arrival)} came where ${shown(wanted.request)} should be answered`);
    }
    if (wanted.body !== undefined) judgeBody(wanted.request, arrival.reply, wanted.body);
    return;
  }
  if (arrival.kind !== 'event' || !isEvent(arrival.event, wanted)) {
    throw new WitnessError(`${shown(arrival)} came where the event ${shown(wanted)} should`);
  }
}

const isEvent = (event: WatchEvent, { type, path }: Expected): boolean => event.type === type && event.path === path;

function judgeBody(request: PlainRequest, reply: Reply, wanted: object): void {
  const body = sorted(reply.body);
  if (!holds(body, wanted))
    throw new WitnessError(`${shown(request)} was answered ${shown(body)}, not ${shown(wanted)}`);
}

/** Children come in no order. */
function sorted(body: unknown): unknown {
  const children = (body as { children?: readonly string[] } | undefined)?.children;
  return children === undefined ? body : { ...(body as object), children: children.toSorted() };
}

/** Everything that is wanted is there; what else there is does not matter. */
function holds(actual: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return actual === wanted;
  if (typeof actual !== 'object' || actual === null) return false;
  if (Array.isArray(wanted) && (actual as unknown[]).length !== wanted.length) return false;
  return Object.entries(wanted).every(([key, value]) => holds((actual as Record<string, unknown>)[key], value));
}

const createRequest = (path: string, data: string, flags: number): PlainRequest => ({
  op: 'create',
  path,
  data,
  acl: OPEN,
  flags,
});

const SHOWN_CHARACTERS = 2000;

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'bigint' ? `0x${each.toString(16)}` : each,
  );
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}...`;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function within<Value>(work: Promise<Value>, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new WitnessError(`${what} took more than ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
