// Arguments: mostly good ones, and every kind of bad one.

import type { Acl } from '../raw/index.ts';
import type { Random } from './random.ts';
import type { TreeModel } from './tree-model.ts';

/** Few names, so that operations meet. */
const NAMES = ['a', 'b', 'c', 'd', 'é', 'with space'];
const DEPTH_LIMIT = 5;

export const OPEN: readonly Acl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];
export const ALICE = 'alice:hunter2';
export const SUPER = 'super:secret';
/** `alice:` and the base64 SHA-1 of ALICE. */
export const ALICE_ID = 'alice:aDXzchwuziNgjg8HfrldaeHjp5Y=';
const BOB_ID = 'bob:4rsXV9JgUbFl9ZE40xENilxlRV8=';

const entry = (perms: number, scheme: string | null, id: string | null): Acl => ({ perms, scheme, id });

const CLOSED_ACLS: readonly (readonly Acl[])[] = [
  [entry(31, 'digest', ALICE_ID)],
  [entry(31, 'digest', BOB_ID)],
  [entry(1, 'world', 'anyone'), entry(31, 'digest', ALICE_ID)],
  [entry(30, 'world', 'anyone')],
  [entry(15, 'world', 'anyone')],
  [entry(16, 'world', 'anyone'), entry(1, 'digest', ALICE_ID)],
  [entry(0, 'world', 'anyone')],
  [entry(31, 'ip', '127.0.0.1')],
  [entry(31, 'ip', '127.0.0.0/8')],
  [entry(31, 'ip', '10.1.2.3')],
  [entry(31, 'ip', '10.0.0.0/24'), entry(5, 'world', 'anyone')],
  [entry(31, 'auth', '')],
  [entry(31, 'auth', 'ignored')],
  [entry(4, 'world', 'anyone'), entry(4, 'world', 'anyone'), entry(8, 'world', 'anyone')],
];

const BAD_ACLS: readonly (readonly Acl[] | null)[] = [
  null,
  [],
  [entry(31, 'nonsense', 'x')],
  [entry(31, null, 'anyone')],
  [entry(31, 'world', 'someone')],
  [entry(31, 'digest', 'without-colon')],
  [entry(31, 'digest', 'two:colons:here')],
  [entry(31, 'digest', '')],
  [entry(31, 'ip', 'not-an-address')],
  [entry(31, 'ip', '1.2.3.4/33')],
  [entry(31, 'ip', '1.2.3')],
  [entry(31, 'ip', '::1')],
  [entry(31, 'super', '')],
  [entry(31, 'sasl', 'someone')],
  [entry(31, 'x509', 'CN=someone')],
];

/** Below the run's root where the server might take it, so that runs do not meet. */
const BAD_PATHS: readonly (string | null)[] = [
  '',
  'relative',
  'relative/path',
  null,
  '~/',
  '~//a',
  '~/a//b',
  '~/./a',
  '~/.',
  '~/..',
  '~/a/../b',
  '~/nul\0',
  '~/nul\0/a',
  '~/control\u0001',
  '~/delete\u007f',
  '~/c1\u009f',
  '~/private\ue000',
  '~/last\uf8ff',
  '~/special\ufff0',
  '~/bom\uffff',
  '~/replacement\ufffd',
];

/** Good ones that look odd. */
const ODD_NAMES = ['...', '.a', 'a.', 'ünïcödé', '日本', '%2F', 'a:b', '\u00a0', '\ufeffx', '~', '-1', 'zookeeper'];

export class Choices {
  readonly #random: Random;
  readonly #tree: TreeModel;

  constructor(random: Random, tree: TreeModel) {
    this.#random = random;
    this.#tree = tree;
  }

  /** One that is there, mostly below the root. */
  existing(): string {
    return this.#random.pick(this.#tree.paths);
  }

  /** A path for an operation on a znode. */
  path(): string | null {
    return this.#random.weighted<() => string | null>([
      [70, () => this.existing()],
      [18, () => this.fresh()],
      [4, () => `${this.existing()}/missing/deeper`],
      [5, () => this.badPath()],
      [3, () => this.#random.pick(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'])],
    ])();
  }

  /** The same for one that changes it: other runs need the others' znodes as they are. */
  ownPath(): string | null {
    const path = this.path();
    return path === null || path.includes('~') || !path.startsWith('/') ? path : this.existing();
  }

  /** A path for a create: often free, sometimes taken, sometimes without a parent. */
  fresh(): string {
    const shallow = this.#tree.pathsWhere((_, path) => path.split('/').length < DEPTH_LIMIT);
    const name = this.#random.chance(0.1) ? this.#random.pick(ODD_NAMES) : this.#random.pick(NAMES);
    return `${this.#random.pick(shallow)}/${name}`;
  }

  createPath(): string | null {
    return this.#random.weighted<() => string | null>([
      [80, () => this.fresh()],
      [6, () => this.existing()],
      [4, () => `~/missing${this.#random.below(3)}/x`],
      [5, () => this.badPath()],
      [1, () => '/'],
      [1, () => '/zookeeper/config/x'],
      [4, () => this.belowEphemeral()],
    ])();
  }

  badPath(): string | null {
    return this.#random.pick(BAD_PATHS);
  }

  belowEphemeral(): string {
    const owned = this.#tree.pathsWhere((node) => node.owner !== undefined);
    return owned.length === 0 ? this.fresh() : `${this.#random.pick(owned)}/child`;
  }

  data(): string | null {
    return this.#random.weighted<() => string | null>([
      [60, () => `data ${this.#random.below(1000)}`],
      [10, () => ''],
      [10, () => null],
      [10, () => '\0\xff\x80'],
      [10, () => 'x'.repeat(this.#random.below(3000))],
    ])();
  }

  acl(): readonly Acl[] | null {
    return this.#random.weighted<() => readonly Acl[] | null>([
      [75, () => OPEN],
      [18, () => this.#random.pick(CLOSED_ACLS)],
      [7, () => this.#random.pick(BAD_ACLS)],
    ])();
  }

  closedAcl(): readonly Acl[] {
    return this.#random.pick(CLOSED_ACLS);
  }

  /** The expected version: any, the right one as far as is known, or a wrong one. */
  version(actual: number | undefined): number {
    return this.#random.weighted<() => number>([
      [45, () => -1],
      [40, () => actual ?? 0],
      [15, () => this.#random.pick([0, 1, 5, 1000, -2, 2147483647, -2147483648])],
    ])();
  }

  flag(watch = 0.35): boolean {
    return this.#random.chance(watch);
  }
}
