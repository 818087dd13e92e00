// A script from a seed: a few znodes and sessions to begin with, then operations of every kind, each as likely as it takes
// for all its error codes to come up.

import type { PlainRequest, Request } from '../raw/index.ts';
import { ALICE, ALICE_ID, Choices, OPEN, SUPER } from './choices.ts';
import { malformed } from './malformed.ts';
import { Random } from './random.ts';
import { ReadRequests } from './read-requests.ts';
import { SessionSteps } from './session-steps.ts';
import { ReconfigSteps } from './reconfig-steps.ts';
import { requestsOf, type Script, type Step } from './step.ts';
import { TreeModel } from './tree-model.ts';
import { WriteRequests } from './write-requests.ts';

export interface GenerateOptions {
  readonly seed: number;
  readonly operations: number;
  readonly servers: number;
  /** For a server that only reads: most clients are content with that. */
  readonly readOnly?: boolean;
  /** The ensemble is changed, too. */
  readonly reconfigs?: boolean;
}

export function generate({ seed, operations, servers, ...kind }: GenerateOptions): Script {
  const steps = new Generator(seed, servers, kind).steps(operations);
  return { seed, servers, steps };
}

const mentionsQuota = (request: Request): boolean =>
  'ops' in request ? request.ops.some(mentionsQuota) : 'path' in request && request.path?.includes('~/quota') === true;

const READS_OF_PATHS = ['exists', 'getData', 'getChildren', 'getChildren2', 'getACL', 'getAllChildrenNumber'] as const;
const PRIVATE = [{ perms: 31, scheme: 'digest', id: ALICE_ID }];
const READABLE = [{ perms: 1, scheme: 'world', id: 'anyone' }, ...PRIVATE];
const UNREADABLE = [{ perms: 14, scheme: 'world', id: 'anyone' }, ...PRIVATE];

class Generator {
  readonly #random: Random;
  readonly #tree = new TreeModel();
  readonly #choices: Choices;
  readonly #writes: WriteRequests;
  readonly #reads: ReadRequests;
  readonly #sessions: SessionSteps;
  readonly #reconfigs: ReconfigSteps | undefined;
  readonly #servers: number;
  readonly #readOnly: boolean;
  /** Where nothing can be written, what the beginning names is there from before, and nothing comes behind it. */
  #isBegun = false;

  constructor(
    seed: number,
    servers: number,
    { readOnly = false, reconfigs = false }: Pick<GenerateOptions, 'readOnly' | 'reconfigs'>,
  ) {
    this.#random = new Random(seed);
    this.#choices = new Choices(this.#random, this.#tree);
    this.#writes = new WriteRequests(this.#random, this.#tree, this.#choices);
    this.#reads = new ReadRequests(this.#random, this.#choices);
    this.#sessions = new SessionSteps(this.#random, this.#tree, servers, readOnly);
    this.#reconfigs = reconfigs ? new ReconfigSteps(this.#random) : undefined;
    this.#servers = servers;
    this.#readOnly = readOnly;
  }

  steps(operations: number): Step[] {
    const steps = this.#beginning();
    this.#isBegun = true;
    let count = steps.reduce((sum, step) => sum + requestsOf(step).length, 0);
    while (count < operations) {
      const next = this.#next();
      steps.push(...next);
      count += next.reduce((sum, step) => sum + Math.max(requestsOf(step).length, 1), 0);
    }
    return steps;
  }

  #beginning(): Step[] {
    const steps: Step[] = [0, 1, 2].map((index) => this.#sessions.open(index % this.#servers));
    const [first = '', second = ''] = this.#sessions.connected;
    const create = (path: string, acl = OPEN, flags = 0, data = ''): PlainRequest => ({
      op: 'create',
      path,
      data,
      acl,
      flags,
    });
    const requests: Request[] = [
      { op: 'auth', type: 0, scheme: 'digest', auth: ALICE },
      create('~/a'),
      create('~/a/b'),
      create('~/private', PRIVATE),
      create('~/private/a'),
      create('~/readable', READABLE),
      create('~/unreadable', UNREADABLE),
      create('~/unreadable/a', PRIVATE),
      create('~/ephemeral', OPEN, 1),
      create('~/quota'),
      create('/zookeeper/quota~'),
      create('/zookeeper/quota~/quota'),
      create('/zookeeper/quota~/quota/zookeeper_limits', OPEN, 0, this.#limits()),
      create('/zookeeper/quota~/quota/zookeeper_stats', OPEN, 0, 'count=0,bytes=0'),
    ];
    steps.push(...requests.map((request): Step => this.#call(first, [request])));
    steps.push(this.#call(second, [{ op: 'create', path: '~/ephemeral/none', data: null, acl: OPEN, flags: 0 }]));
    return steps;
  }

  #limits(): string {
    const hard = ';byteHardLimit=300;countHardLimit=8';
    return this.#random.pick([`count=-1,bytes=-1=${hard}`, `count=3,bytes=100=${hard}`, 'count=3,bytes=50']);
  }

  #next(): Step[] {
    return this.#random.weighted<() => Step[]>([
      [88, () => [this.#call(this.#client(), this.#batch())]],
      [4, () => this.#sessions.change()],
      [3, () => malformed(this.#random, this.#client(), () => this.#requestToMangle(), this.#sessions)],
      [0.5, () => this.#deleteContainer(this.#client())],
      [
        this.#reconfigs === undefined ? 0 : 6,
        () => this.#reconfigs?.byOperator(this.#random.below(this.#servers)) ?? [],
      ],
      [this.#sessions.withOldConnection.length > 0 ? 15 : 0, () => [this.#callOverOldConnection()]],
    ])();
  }

  #client(): string {
    const { connected } = this.#sessions;
    return connected.length > 0 ? this.#random.pick(connected) : 'client1';
  }

  /** What is answered beside the session's order goes alone, or the order of the replies would be chance. */
  #batch(): Request[] {
    if (this.#random.chance(0.03)) return [this.#random.pick([this.#auth(), { op: 'ping' }, this.#sasl()])];
    if (!this.#random.chance(0.12)) return [this.#request()];
    const requests = Array.from({ length: 2 + this.#random.below(6) }, () => this.#request());
    // ZooKeeper holds a write against the use of the quota and the ACL that are applied by then: chance, while others are under way.
    return requests.filter((request, index) => request.op !== 'setACL' && (index === 0 || !mentionsQuota(request)));
  }

  #call(client: string, requests: readonly Request[]): Step {
    if (!this.#readOnly || !this.#isBegun) for (const request of requests) this.#writes.remember(request, client);
    return { do: 'call', client, requests };
  }

  #callOverOldConnection(): Step {
    const client = this.#random.pick(this.#sessions.withOldConnection);
    return { do: 'callOverOldConnection', client, request: this.#reads.read('getData') };
  }

  #request(): Request {
    return this.#random.weighted<() => Request>([
      [10, () => this.#writes.create('create')],
      [7, () => this.#writes.create('create2')],
      [5, () => this.#writes.create('createContainer')],
      [6, () => this.#writes.create('createTTL')],
      [4, () => this.#withinQuota()],
      [9, () => this.#writes.delete()],
      [8, () => this.#writes.setData()],
      [6, () => this.#writes.setAcl()],
      [10, () => this.#writes.multi()],
      [0.3, () => this.#writes.multiBelowEphemeral()],
      [4, () => this.#reads.read('exists')],
      [5, () => this.#reads.read('getData')],
      [4, () => this.#reads.read('getChildren')],
      [4, () => this.#reads.read('getChildren2')],
      [4, () => this.#reads.ofPath('getACL')],
      [2, () => this.#reads.ofPath('getAllChildrenNumber')],
      [1, () => this.#reads.ofPath('sync')],
      [2, () => this.#reads.getEphemerals()],
      [4, () => this.#reads.multiRead()],
      [4, () => this.#reads.addWatch()],
      [3, () => this.#reads.ofWatches('checkWatches')],
      [3, () => this.#reads.ofWatches('removeWatches')],
      [2, () => this.#reads.setWatches('setWatches')],
      [2, () => this.#reads.setWatches('setWatches2')],
      [1, () => ({ op: 'whoAmI' })],
      [this.#reconfigs === undefined ? 0.5 : 4, () => this.#reconfigs?.request() ?? this.#reconfig()],
    ])();
  }

  /** Some kinds are too rare to be met by chance. */
  #requestToMangle(): Request {
    // Of a write that is refused for what it is nothing is read.
    if (this.#readOnly && this.#random.chance(0.6)) return this.#readOfPath();
    if (!this.#random.chance(0.2)) return this.#request();
    return this.#random.pick<() => Request>([
      () => this.#reads.ofPath('sync'),
      () => this.#reads.ofPath('getAllChildrenNumber'),
      () => this.#reads.getEphemerals(),
      () => this.#reconfig(),
    ])();
  }

  #readOfPath(): Request {
    const op = this.#random.pick(READS_OF_PATHS);
    return op === 'getACL' || op === 'getAllChildrenNumber' ? this.#reads.ofPath(op) : this.#reads.read(op);
  }

  /** Alone, or in a multi: the parts of one do not see each other's use. */
  #withinQuota(): Request {
    const request = this.#quotaRequest();
    if (request.op === 'getData' || !this.#random.chance(0.45)) return request;
    return { op: 'multi', ops: [{ op: 'check', path: '~', version: -1 }, request] };
  }

  #quotaRequest(): PlainRequest {
    const path = `~/quota/${this.#random.pick(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'])}`;
    const data = 'x'.repeat(this.#random.below(120));
    const longer = data.repeat(1 + this.#random.below(4));
    return this.#random.weighted<() => PlainRequest>([
      [4, () => ({ op: 'create', path, data, acl: OPEN, flags: this.#random.below(4) })],
      [1, () => ({ op: 'create2', path, data, acl: OPEN, flags: 0 })],
      [1, () => ({ op: 'createContainer', path, data, acl: OPEN, flags: 4 })],
      [1, () => ({ op: 'createTTL', path, data, acl: OPEN, flags: 5, ttl: 3_600_000n })],
      [4, () => ({ op: 'setData', path, data: longer, version: -1 })],
      [1, () => ({ op: 'delete', path, version: -1 })],
      [2, () => ({ op: 'getData', path: '/zookeeper/quota~/quota/zookeeper_stats', watch: false })],
    ])();
  }

  /** Zebu ends the connection, ZooKeeper does not. */
  #deleteContainer(client: string): Step[] {
    return [this.#call(client, [this.#writes.deleteContainer()]), ...this.#sessions.again(client)];
  }

  /** Those that succeed: a failed one ends the connection. */
  #auth(): Request {
    const [scheme, auth] = this.#random.weighted([
      [5, ['digest', ALICE]],
      [4, ['digest', 'bob:builder']],
      [1, ['digest', SUPER]],
      [1, ['digest', 'super:wrong']],
      [1, ['digest', 'without a colon']],
      [1, ['digest', '']],
      [2, ['ip', 'anything']],
    ] as const);
    return { op: 'auth', type: 0, scheme, auth };
  }

  /** To a server without SASL. */
  #sasl(): Request {
    return { op: 'sasl', token: this.#random.pick(['', 'token', null]) };
  }

  /** None that could succeed. */
  #reconfig(): Request {
    return {
      op: 'reconfig',
      joiningServers: this.#random.pick([null, '', 'server.9=nonsense']),
      leavingServers: this.#random.pick([null, '1,2,3', 'x']),
      newMembers: this.#random.pick([null, 'nonsense']),
      curConfigId: this.#random.pick([-1n, 12345n]),
    };
  }
}
