// Requests that change the tree, with what the model then believes.

import { isValidPath } from '@zebu/protocol';
import type { PlainRequest, Request } from '../raw/index.ts';
import { type Choices, OPEN } from './choices.ts';
import type { Random } from './random.ts';
import type { TreeModel } from './tree-model.ts';

type Of<Name extends PlainRequest['op']> = Extract<PlainRequest, { op: Name }>;
type Create = Of<'create'> | Of<'create2'> | Of<'createContainer'> | Of<'createTTL'>;

/** What a TTL may be: 40 bits of milliseconds with extended types. Good ones outlast the run. */
const GOOD_TTLS = [3_600_000n, 86_400_000n, (1n << 40n) - 1n];
const BAD_TTLS = [0n, -1n, -5n, 1n << 40n, 1n << 62n];
const BAD_FLAGS = [7, -1, 99];

export class WriteRequests {
  readonly #random: Random;
  readonly #tree: TreeModel;
  readonly #choices: Choices;

  constructor(random: Random, tree: TreeModel, choices: Choices) {
    this.#random = random;
    this.#tree = tree;
    this.#choices = choices;
  }

  create(op: Create['op']): Create {
    const sequential = this.#random.chance(0.15);
    const path = this.#choices.createPath();
    const request = {
      path: sequential && path !== null && this.#random.chance(0.2) ? `${path}/` : path,
      data: this.#choices.data(),
      acl: this.#choices.acl(),
      flags: this.#flags(op, sequential),
    };
    return op === 'createTTL' ? { op, ...request, ttl: this.#ttl() } : { op, ...request };
  }

  /** Flags that do not fit the op are not refused by every server alike, so some of each are asked for. */
  #flags(op: Create['op'], sequential: boolean): number {
    if (this.#random.chance(0.03)) return this.#random.pick(BAD_FLAGS);
    // ZooKeeper takes a mode without a TTL there, and a bad TTL then ends every server that applies the txn.
    if (op === 'createTTL') return sequential ? 6 : 5;
    if (this.#random.chance(0.03)) return this.#random.below(7);
    // Refused always, and in a way of its own without extended types.
    if (this.#random.chance(0.02)) return this.#random.pick([5, 6]);
    if (op === 'createContainer') return 4;
    return (sequential ? 2 : 0) + (this.#random.chance(0.25) ? 1 : 0);
  }

  #ttl(): bigint {
    return this.#random.chance(0.75) ? this.#random.pick(GOOD_TTLS) : this.#random.pick(BAD_TTLS);
  }

  delete(): Of<'delete'> {
    const leaves = this.#tree.pathsWhere((node, path) => node.children.size === 0 && path.split('/').length > 2);
    const path = leaves.length > 0 && this.#random.chance(0.6) ? this.#random.pick(leaves) : this.#choices.path();
    return { op: 'delete', path, version: this.#choices.version(this.#node(path)?.version) };
  }

  /** Only where a server that takes it from clients refuses as well: Zebu refuses it always. */
  deleteContainer(): Of<'deleteContainer'> {
    const path = this.#random.pick(['~/missing/container', '~', '~/nul\0', 'relative', '/zookeeper', '~/ephemeral']);
    return { op: 'deleteContainer', path };
  }

  setData(): Of<'setData'> {
    const path = this.#choices.ownPath();
    return {
      op: 'setData',
      path,
      data: this.#choices.data(),
      version: this.#choices.version(this.#node(path)?.version),
    };
  }

  setAcl(): Of<'setACL'> {
    const path = this.#choices.ownPath();
    // What was closed is opened again at times, or nothing would be left to work with.
    const acl = this.#node(path)?.open === false && this.#random.chance(0.6) ? OPEN : this.#choices.acl();
    return { op: 'setACL', path, acl, version: this.#choices.version(this.#node(path)?.aversion) };
  }

  check(): Of<'check'> {
    const path = this.#choices.path();
    return { op: 'check', path, version: this.#choices.version(this.#node(path)?.version) };
  }

  multi(): Request {
    const count = this.#random.weighted([
      [3, 0],
      [20, 1],
      [30, 2],
      [30, 3],
      [17, 6],
    ]);
    const ops = Array.from({ length: count }, () => this.#multiOp());
    // ZooKeeper cannot read a null list there: see `malformed`.
    return { op: 'multi', ops: ops.map((op) => ('acl' in op && op.acl === null ? { ...op, acl: [] } : op)) };
  }

  /** Too much else is refused in a multi for this to be met by chance. */
  multiBelowEphemeral(): Request {
    const path = this.#choices.belowEphemeral();
    return { op: 'multi', ops: [{ op: 'createTTL', path, data: '', acl: OPEN, flags: 5, ttl: 3_600_000n }] };
  }

  #multiOp(): PlainRequest {
    return this.#random.weighted<() => PlainRequest>([
      [24, () => this.create('create')],
      [12, () => this.create('create2')],
      [9, () => this.create('createContainer')],
      [10, () => this.create('createTTL')],
      [14, () => this.delete()],
      [20, () => this.setData()],
      [15, () => this.check()],
      [1, () => ({ op: 'delete', path: this.#random.pick(['/', '/zookeeper', '~/nul\0', '']), version: -1 })],
      [1, () => this.#random.pick<PlainRequest>([this.setAcl(), this.deleteContainer(), { op: 'sync', path: '~' }])],
    ])();
  }

  /** Tells the model that a request was sent. */
  remember(request: Request, client: string): void {
    const { op } = request;
    if (op === 'create' || op === 'create2' || op === 'createContainer' || op === 'createTTL') {
      this.#rememberCreate(request, client);
    } else if (op === 'delete') {
      this.#tree.delete(request.path ?? '', request.version);
    } else if (op === 'setData') {
      this.#tree.setData(request.path ?? '', request.version);
    } else if (op === 'setACL') {
      this.#tree.setAcl(request.path ?? '', request.version, isOpen(request.acl));
    } else if (op === 'multi') {
      if (request.ops.every((one) => this.#likely(one))) for (const one of request.ops) this.remember(one, client);
    } else if (op === 'closeSession') {
      this.#tree.endSession(client);
    }
  }

  #rememberCreate(request: Create, client: string): void {
    const { path, acl, flags } = request;
    if (path === null || acl === null || acl.length === 0 || flags < 0 || flags > 6 || !isPlain(path)) return;
    this.#tree.create(path, {
      sequential: flags === 2 || flags === 3 || flags === 6,
      open: isOpen(acl),
      ...(flags === 1 || flags === 3 ? { owner: client } : {}),
      container: flags === 4,
    });
  }

  /** A multi changes nothing if one of its ops fails; only the plainest reasons are looked at. */
  #likely(op: PlainRequest): boolean {
    const node = 'path' in op ? this.#node(op.path) : undefined;
    if (op.op === 'delete')
      return node !== undefined && node.children.size === 0 && [-1, node.version].includes(op.version);
    if (op.op === 'setData' || op.op === 'check') return node !== undefined && [-1, node.version].includes(op.version);
    return op.op.startsWith('create') && node === undefined;
  }

  #node(path: string | null) {
    return path === null ? undefined : this.#tree.node(path);
  }
}

const isOpen = (acl: Create['acl']): boolean => acl === OPEN;

const isPlain = (path: string): boolean => isValidPath(path.replace(/^~/, '/run'));
