// What txns do to the tree, and whom it tells.

import type { Mutant } from '../mutant.ts';

export const TREE: readonly Mutant[] = [
  {
    name: 'half-a-multi',
    sentence: 'Of a multi that failed, what stands in front of the failure is done.',
    patches: [
      {
        module: 'datatree/txn-applier.js',
        find: 'const failed = this.#hasErrorPart(reader.bytes, reader.offset);',
        replace: 'const failed = false;',
      },
      {
        module: 'datatree/txn-applier.js',
        find: 'operations.push(failed ? this.#failPart(type, errorSeen) : this.#applyPart(type, events));',
        replace:
          'operations.push(type === OpCode.ERROR ? this.#failPart(type, errorSeen) : this.#applyPart(type, events));',
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
  {
    name: 'delete-leaves-pzxid',
    sentence: 'The deletion of a child leaves the pzxid of its parent as it was.',
    ticket: 'ZOOKEEPER-3145',
    patches: [
      {
        module: 'datatree/znode-changes.js',
        find: 'if (isAbove(txn.zxidHigh, txn.zxidLow, pzxidHigh, znodes.nodes.statInt(parent, StatOffset.PZXID + 4)))',
        replace: 'if (pzxidHigh < 0)',
      },
    ],
    caughtBy: { seeds: true, within: 400 },
  },
  {
    name: 'forget-what-changed-while-away',
    sentence: 'A client that comes back with its watches is not told what changed since it was heard from last.',
    patches: [
      {
        module: 'datatree/set-watches.js',
        find: 'return isAbove(nodes.statInt(node, offset), nodes.statInt(node, offset + 4), high, low);',
        replace: 'return false;',
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
  {
    name: 'silent-end-of-ephemerals',
    sentence: 'Whoever watches an ephemeral znode is not told that it went with its session.',
    patches: [
      {
        module: 'datatree/txn-applier.js',
        find: 'this.#changes.delete(this.#record.key, this.#txn, events); } }',
        replace: 'this.#changes.delete(this.#record.key, this.#txn, { onWatchEvent() {} }); } }',
      },
    ],
    caughtBy: { scenario: 'watched ephemeral' },
  },
  {
    name: 'a-watch-fires-once-for-all',
    sentence: 'A change tells only the first of those who watch the znode.',
    patches: [
      {
        module: 'datatree/watches.js',
        find: 'for (let i = 0; i < data.firedCount; i++)',
        replace: 'for (let i = 0; i < Math.min(data.firedCount, 1); i++)',
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
];
