// Proposals, acknowledgements, commits, and the sync that asks a quorum.

import type { Mutant } from '../mutant.ts';

export const BROADCAST: readonly Mutant[] = [
  {
    name: 'leader-counts-itself-before-its-flush',
    sentence: 'A leader acknowledges its own proposals while they are still being written.',
    patches: [
      {
        module: 'leader/broadcast.js',
        find: "this.#role.emit({ type: 'logTxns', txns }, { type: 'flush', token });",
        replace: `this.#role.emit({ type: 'logTxns', txns }, { type: 'flush', token });
          this.acknowledge(this.#role.dependencies.self, this.#role.proposals.lastProposedZxid);`,
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
  {
    name: 'commit-with-the-first-ack',
    sentence: 'A proposal is committed as soon as one server has flushed it.',
    patches: [
      {
        module: 'quorum/ack-tally.js',
        find: 'if (!this.#verifier.containsQuorum(this.#candidates)) continue;',
        replace: '',
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
  {
    name: 'apply-before-commit',
    sentence: 'A learner applies a proposal when it arrives, not when it is committed.',
    patches: [
      {
        module: 'learner/broadcast.js',
        find: 'const token = this.#role.flush();',
        replace: `this.#committedZxid = history.lastLoggedZxid; this.deliverCommitted();
          const token = this.#role.flush();`,
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
  {
    name: 'acknowledge-proposals-before-newleader',
    sentence: 'A learner acknowledges the txns of a DIFF as if they were proposals, ahead of NEWLEADER.',
    ticket: 'ZOOKEEPER-4685',
    patches: [
      {
        module: 'learner/broadcast.js',
        find: "if (acknowledges && this.#role.phase !== 'synchronizing')",
        replace: 'if (acknowledges)',
      },
      {
        module: 'learner/broadcast.js',
        find: "if (this.#role.phase !== 'acknowledgedNewLeader' && this.#role.phase !== 'broadcast') return;",
        replace: '',
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
  {
    name: 'sync-without-a-quorum',
    sentence: 'A leader answers sync without asking a quorum whether it still leads.',
    ticket: 'ZOOKEEPER-1675',
    patches: [
      {
        module: 'leader/sync-barrier.js',
        find: 'return sync.round <= this.#confirmedRound || committedZxid > sync.proposedZxid;',
        replace: 'return true;',
      },
    ],
    caughtBy: { scenario: 'sync is no barrier, large' },
  },
  {
    name: 'sync-overtakes-commits',
    sentence: 'A sync is answered as soon as the leader confirms it, ahead of what is committed and not applied yet.',
    patches: [
      {
        module: 'requests/request-processor.js',
        find: 'this.#commits.push(input.syncId);',
        replace: 'this.#pipeline.confirmSync(input.syncId, now);',
      },
    ],
    caughtBy: { seeds: true, within: 800 },
  },
  {
    name: 'a-late-tick-judges',
    sentence: 'After a stall a server holds its peers and clients to the time in which it could not hear them.',
    patches: [
      {
        module: 'peer/stall-guard.js',
        find: 'const late = lateness > this.#toleranceMs;',
        replace: 'const late = false;',
      },
    ],
    caughtBy: { scenario: 'late tick' },
  },
];
