// What node-zookeeper-client is asked, section by section, and what it hears.

import zookeeper, { type Client, type Stat, type Event } from 'node-zookeeper-client';

type Done<Value> = (error: Error | zookeeper.Exception | null, value: Value, stat?: Stat) => void;

const SESSION_TIMEOUT_MS = 10_000;
const LIMIT_MS = 20_000;

/** Plays every section against the first of two servers; the second is for what moves there. */
export async function playNodeClient(addresses: readonly [string, string]): Promise<string> {
  const transcript = new NodeTranscript();
  const client = await connect(addresses[0]);
  const sections = { create, change, children, watches, transactions, acls, conveniences };
  for (const [name, play] of Object.entries(sections)) {
    transcript.section(name);
    await play(client, transcript);
  }
  transcript.section('session');
  await loseSession(client, addresses, transcript);
  client.close();
  return transcript.text;
}

class NodeTranscript {
  readonly #lines: string[] = [];
  readonly #events: string[] = [];

  get text(): string {
    return this.#lines.join('\n');
  }

  section(name: string): void {
    this.#lines.push(`# ${name}`);
  }

  say(line: string): void {
    this.#lines.push(line);
  }

  /** The name of the call and what it gave: a value, or the name of an error. */
  async call<Value>(name: string, action: (done: Done<Value>) => void): Promise<Value | undefined> {
    return new Promise((resolve) => {
      action((error, value, stat) => {
        const result = error === null || error === undefined ? textOf(value) : nameOf(error);
        this.say([`${name}: ${result}`, ...(stat === undefined ? [] : [textOf(stat)])].join(' '));
        resolve(error === null || error === undefined ? value : undefined);
      });
    });
  }

  watcher(name: string): (event: Event) => void {
    return (event) => this.#events.push(`${name} heard ${event.getName()} ${event.getPath()}`);
  }

  /** Says so many events as soon as they are there, in the order in which they came. */
  async events(count: number): Promise<void> {
    await until(() => this.#events.length >= count);
    this.#lines.push(...this.#events.splice(0));
  }
}

async function create(client: Client, transcript: NodeTranscript): Promise<void> {
  const make = (path: string, data?: string, mode: number = zookeeper.CreateMode.PERSISTENT): Promise<unknown> =>
    transcript.call<string>(`create ${path} mode ${mode}`, (done) =>
      data === undefined ? client.create(path, mode, done) : client.create(path, Buffer.from(data), mode, done),
    );
  const { EPHEMERAL, EPHEMERAL_SEQUENTIAL, PERSISTENT_SEQUENTIAL } = zookeeper.CreateMode;
  await make('/n', 'data');
  await make('/n', 'data');
  await make('/n/no/parent', 'data');
  await make('/n/nothing');
  await make('/n/empty', '');
  await make('/n/sequential-', '1', PERSISTENT_SEQUENTIAL);
  await make('/n/sequential-', '2', PERSISTENT_SEQUENTIAL);
  await make('/n/ephemeral', '3', EPHEMERAL);
  await make('/n/both-', '4', EPHEMERAL_SEQUENTIAL);
  await make('/n/ephemeral/child', '5');
  for (const path of ['/n', '/n/nothing', '/n/empty', '/n/ephemeral', '/absent']) {
    await transcript.call<Buffer>(`getData ${path}`, (done) => client.getData(path, done));
  }
}

async function change(client: Client, transcript: NodeTranscript): Promise<void> {
  const set = (data: string, version: number): Promise<unknown> =>
    transcript.call<Stat>(`setData "${data}" version ${version}`, (done) =>
      client.setData('/change', Buffer.from(data), version, done),
    );
  const remove = (path: string, version: number): Promise<unknown> =>
    transcript.call<undefined>(`remove ${path} version ${version}`, (done) =>
      client.remove(path, version, (error) => done(error, undefined)),
    );
  await set('0', -1);
  await transcript.call<string>('create', (done) => client.create('/change', done));
  await set('1', 0);
  await set('2', 0);
  await set('Grüße', -1);
  await set('', 2);
  await transcript.call<Stat>('exists', (done) => client.exists('/change', done));
  await transcript.call<Stat>('exists of no znode', (done) => client.exists('/absent', done));
  await remove('/change', 0);
  await transcript.call<string>('create below', (done) => client.create('/change/below', done));
  await remove('/change', -1);
  await remove('/change/below', 0);
  await remove('/change', 3);
  await remove('/change', -1);
  await remove('/zookeeper', -1);
}

async function children(client: Client, transcript: NodeTranscript): Promise<void> {
  for (const path of ['/n', '/n/empty', '/absent', '/zookeeper']) {
    await transcript.call<string[]>(`getChildren ${path}`, (done) => client.getChildren(path, done));
  }
}

async function watches(client: Client, transcript: NodeTranscript): Promise<void> {
  const setData = (): Promise<unknown> =>
    transcript.call<Stat>('setData', (done) => client.setData('/w', Buffer.from('x'), done));
  await transcript.call<Stat>('exists', (done) => client.exists('/w', transcript.watcher('exists'), done));
  await transcript.call<string>('create', (done) => client.create('/w', done));
  await transcript.events(1);
  await transcript.call<Buffer>('getData', (done) => client.getData('/w', transcript.watcher('getData'), done));
  await transcript.call<string[]>('getChildren', (done) =>
    client.getChildren('/w', transcript.watcher('getChildren'), done),
  );
  await transcript.call<string>('create a child', (done) => client.create('/w/a', done));
  await transcript.events(1);
  await setData();
  await transcript.events(1);
  await setData();
  await transcript.call<Stat>('exists', (done) => client.exists('/w/a', transcript.watcher('exists'), done));
  await transcript.call<string[]>('getChildren', (done) =>
    client.getChildren('/w', transcript.watcher('getChildren'), done),
  );
  await transcript.call<undefined>('remove', (done) => client.remove('/w/a', (error) => done(error, undefined)));
  await transcript.events(2);
}

async function transactions(client: Client, transcript: NodeTranscript): Promise<void> {
  const commit = (name: string, transaction: zookeeper.Transaction): Promise<unknown> =>
    transcript.call<unknown>(name, (done) => transaction.commit(done));
  const { EPHEMERAL_SEQUENTIAL } = zookeeper.CreateMode;
  await commit(
    'a transaction',
    client
      .transaction()
      .create('/t', Buffer.from('1'))
      .create('/t/s-', Buffer.from('2'), EPHEMERAL_SEQUENTIAL)
      .setData('/t', Buffer.from('two'), 0)
      .check('/t', 1)
      .remove('/t/s-0000000000', -1),
  );
  await transcript.call<Buffer>('getData', (done) => client.getData('/t', done));
  await commit('one that fails', client.transaction().create('/t/never').check('/t', 7).remove('/t', -1));
  await transcript.call<Stat>('exists', (done) => client.exists('/t/never', done));
  await commit('one that fails at once', client.transaction().remove('/absent', -1).check('/t', 1));
}

async function acls(client: Client, transcript: NodeTranscript): Promise<void> {
  const { ALL, READ } = zookeeper.Permission;
  const entry = (permissions: number, scheme: string, id: string): zookeeper.ACL =>
    new zookeeper.ACL(permissions, new zookeeper.Id(scheme, id));
  const make = (path: string, ...entries: zookeeper.ACL[]): Promise<unknown> =>
    transcript.call<string>(`create ${path}`, (done) => client.create(path, Buffer.from('x'), entries, done));
  const getAcl = (path: string): Promise<unknown> =>
    transcript.call<zookeeper.ACL[]>(`getACL ${path}`, (done) => client.getACL(path, done));
  const setAcl = (path: string, version: number): Promise<unknown> =>
    transcript.call<Stat>(`setACL ${path}`, (done) =>
      client.setACL(path, [entry(READ, 'world', 'anyone')], version, done),
    );
  await getAcl('/n');
  await getAcl('/absent');
  await make('/acl-mine', entry(ALL, 'auth', ''));
  await make('/acl-bad', entry(ALL, 'nobody', 'knows'));
  await make('/acl-strangers', entry(ALL, 'ip', '10.9.8.7'));
  await transcript.call<Buffer>('getData', (done) => client.getData('/acl-strangers', done));
  await getAcl('/acl-strangers');
  client.addAuthInfo('digest', Buffer.from('ann:secret'));
  await make('/acl-mine', entry(ALL, 'auth', ''));
  await getAcl('/acl-mine');
  await make('/acl-open', entry(ALL, 'world', 'anyone'));
  await setAcl('/acl-open', 3);
  await setAcl('/acl-open', 0);
  await getAcl('/acl-open');
  await transcript.call<Stat>('setData', (done) => client.setData('/acl-open', Buffer.from('y'), done));
  client.addAuthInfo('digest', Buffer.from('super:password'));
  await transcript.call<Buffer>('getData', (done) => client.getData('/acl-strangers', done));
}

async function conveniences(client: Client, transcript: NodeTranscript): Promise<void> {
  await transcript.call<string>('mkdirp', (done) => client.mkdirp('/n/a/b/c', done));
  await transcript.call<string>('mkdirp again', (done) => client.mkdirp('/n/a/b/c/d', Buffer.from('deep'), done));
  await transcript.call<Buffer>('getData', (done) => client.getData('/n/a/b/c/d', done));
}

/** One session at two servers: closed at the second, it is lost at the first, and its ephemeral znode goes. */
async function loseSession(
  client: Client,
  addresses: readonly [string, string],
  transcript: NodeTranscript,
): Promise<void> {
  const first = await connect(addresses[0]);
  const expired = new Promise<void>((resolve) => first.once('expired', () => resolve()));
  transcript.say(`timeout ${first.getSessionTimeout()}`);
  const { EPHEMERAL } = zookeeper.CreateMode;
  await transcript.call<string>('create', (done) => first.create('/session', EPHEMERAL, done));
  await transcript.call<Stat>('exists', (done) => client.exists('/session', transcript.watcher('exists'), done));
  const identity = { sessionId: first.getSessionId(), sessionPassword: first.getSessionPassword() };
  const second = await connect(addresses[1], identity);
  transcript.say(`the same session: ${second.getSessionId().equals(identity.sessionId)}`);
  await transcript.call<Stat>('exists', (done) => second.exists('/session', done));
  second.close();
  await transcript.events(1);
  await expired;
  transcript.say('the first is expired');
  const stranger = zookeeper.createClient(addresses[0], { sessionTimeout: SESSION_TIMEOUT_MS, ...identity });
  const refused = new Promise<void>((resolve) => stranger.once('expired', () => resolve()));
  stranger.connect();
  await refused;
  transcript.say('a session that is gone is expired');
}

async function connect(address: string, identity: object = {}): Promise<Client> {
  const client = zookeeper.createClient(address, { sessionTimeout: SESSION_TIMEOUT_MS, ...identity });
  const connected = new Promise<void>((resolve) => client.once('connected', () => resolve()));
  client.connect();
  await connected;
  return client;
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + LIMIT_MS; !condition() && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const nameOf = (error: Error | zookeeper.Exception): string =>
  'getName' in error ? error.getName() : `${error.name} ${error.message}`;

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return `"${value.toString('utf8')}"`;
  if (isStat(value)) return statText(value);
  // The children of a znode come in no order.
  const isList = Array.isArray(value) && value.every((each) => typeof each === 'string');
  return JSON.stringify(isList ? value.toSorted() : value, withoutStats) ?? 'nothing';
}

const withoutStats = (_key: string, value: unknown): unknown => (isStat(value) ? statText(value) : value);

const isStat = (value: unknown): value is Stat => typeof value === 'object' && value !== null && 'czxid' in value;

/** Without what differs from run to run. */
function statText({ version, cversion, aversion, dataLength, numChildren, ephemeralOwner }: Stat): string {
  const owner = ephemeralOwner.every((byte) => byte === 0) ? 'nobody' : 'a session';
  return `version ${version}/${cversion}/${aversion} length ${dataLength} children ${numChildren} of ${owner}`;
}
