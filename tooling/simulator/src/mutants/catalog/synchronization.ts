// How a learner is brought to the leader's history, and what NEWLEADER and UPTODATE stand for.

import type { Mutant } from '../mutant.ts';

export const SYNCHRONIZATION: readonly Mutant[] = [
  {
    name: 'write-current-epoch-before-history',
    sentence: 'A learner makes currentEpoch durable, then the txns of the history that it speaks for.',
    ticket: 'ZOOKEEPER-4643',
    patches: [
      {
        module: 'learner/broadcast.js',
        find: "this.#role.emit({ type: 'logTxns', txns: run.fresh });",
        replace: `if (this.#role.phase === 'synchronizing') return void (this.#role.unlogged ??= []).push(run.fresh);
          this.#role.emit({ type: 'logTxns', txns: run.fresh });`,
      },
      {
        module: 'learner/synchronization.js',
        find: "this.#role.emit({ type: 'writeCurrentEpoch', epoch });",
        replace: `this.#role.emit({ type: 'writeCurrentEpoch', epoch });
          for (const txns of this.#role.unlogged ?? []) this.#role.emit({ type: 'logTxns', txns });`,
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
  {
    name: 'acknowledge-newleader-before-history',
    sentence: 'A learner acknowledges NEWLEADER while the history and currentEpoch are still being written.',
    ticket: 'ZOOKEEPER-4646',
    patches: [
      {
        module: 'learner/synchronization.js',
        find: 'this.#newLeaderFlush = this.#role.flush();',
        replace: 'this.#role.flush(); this.#newLeaderFlush = 0; this.onFlushed(0);',
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
  {
    name: 'lead-before-a-quorum-is-synced',
    sentence: 'A leader is established, and sends UPTODATE, before a quorum has acknowledged NEWLEADER.',
    patches: [
      {
        module: 'leader/synchronization.js',
        find: "if (phase !== 'synchronization' || !proposals.newLeaderQuorum)",
        replace: "if (phase !== 'synchronization')",
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
  {
    name: 'count-an-old-epochs-ack',
    sentence: 'A server that leads again counts who acknowledged NEWLEADER of the epoch that it led before.',
    patches: [
      {
        module: 'leader/proposals.js',
        find: 'this.#committedLog = committedLog; this.#newLeaderAcks = new VoteTally(verifier);',
        replace: 'this.#committedLog = committedLog; this.#newLeaderAcks = verifier.acks ??= new VoteTally(verifier);',
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
  {
    name: 'count-a-non-voter',
    sentence: 'An observer that acknowledges NEWLEADER counts as a voter, and keeps a leader in office.',
    patches: [
      {
        module: 'quorum/majority-verifier.js',
        find: 'let count = 0; for (const voter of this.#voterList) if (servers.has(voter)) count++;',
        replace: 'const count = servers.size;',
      },
      {
        module: 'quorum/vote-tally.js',
        find: 'if (!this.#verifiers.some((verifier) => verifier.voters.has(server))) return false;',
        replace: '',
      },
      {
        module: 'leader/synchronization.js',
        find: 'if (handler.voter) this.#role.proposals.acknowledgeNewLeader(handler.sid);',
        replace: 'this.#role.proposals.acknowledgeNewLeader(handler.sid);',
      },
      {
        module: 'leader/supervision.js',
        find: 'if (voter && acknowledgedNewLeader)',
        replace: 'if (acknowledgedNewLeader)',
      },
    ],
    caughtBy: { seeds: true, within: 400 },
  },
  {
    name: 'forget-trunc',
    sentence: 'A learner that is told to cut its log back goes on as it is.',
    ticket: 'ZOOKEEPER-1154',
    patches: [
      {
        module: 'learner/rebuilding.js',
        find: "this.#role.phase = 'rebuilding'; this.#snapshotZxid = undefined;",
        replace: "this.#role.phase = 'synchronizing'; return;",
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
  {
    name: 'keep-the-tree-over-a-trunc',
    sentence: 'The log is cut back and the tree is not: it keeps txns that are gone.',
    ticket: 'ZOOKEEPER-5094',
    patches: [
      {
        module: 'learner/rebuilding.js',
        find: 'this.#treeIsAhead = this.#role.history.lastDeliveredZxid > this.#truncateTo;',
        replace: '',
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
  {
    name: 'drop-the-last-proposal-of-a-diff',
    sentence: 'A DIFF ends one txn too early, and the leader takes the learner for synced.',
    patches: [
      {
        module: 'leader/synchronizer.js',
        find: "for (const part of split(run)) packets.push({ type: 'PROPOSAL', txns: part });",
        replace: "for (const part of split(run.slice(0, -1))) packets.push({ type: 'PROPOSAL', txns: part });",
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
  {
    name: 'hole-in-the-committed-log',
    sentence:
      'Txns that are applied during synchronization are missing from the window that later learners are synced from.',
    ticket: 'ZOOKEEPER-4925',
    patches: [
      {
        module: 'peer/learning-role.js',
        find: 'clients.database.committedLog.add(effect.txns);',
        replace: 'if (clients.serving) clients.database.committedLog.add(effect.txns);',
      },
      {
        module: 'leader/proposals.js',
        find: "assert(committedLog.end === history.lastDeliveredZxid, 'the window of committed txns ends with what is applied');",
        replace: '',
      },
    ],
    caughtBy: { seeds: true, within: 400 },
  },
  {
    name: 'forward-to-the-synced-only',
    sentence: 'Proposals go to a learner from its ACK of NEWLEADER on; those made since NEWLEADER was sent do not.',
    ticket: 'protocol ambiguity 1',
    patches: [
      {
        module: 'leader/learner-handler.js',
        find: "get forwarding() { return this.phase === 'newLeaderSent' || this.phase === 'synced' || this.phase === 'upToDate'; }",
        replace: "get forwarding() { return this.phase === 'synced' || this.phase === 'upToDate'; }",
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
  {
    name: 'serve-what-is-not-committed',
    sentence: 'A follower serves after UPTODATE though its tree, read back from the log, holds more than is committed.',
    ticket: 'ZOOKEEPER-3023',
    patches: [
      {
        module: 'learner/broadcast.js',
        find: "if (servedEpoch === epoch || phase !== 'broadcast' || history.lastDeliveredZxid > this.#committedZxid)",
        replace: "if (servedEpoch === epoch || phase !== 'broadcast')",
      },
    ],
    caughtBy: { scenario: 'uncommitted tail' },
  },
  {
    name: 'show-observers-what-is-logged',
    sentence: 'A follower that serves observers informs them of what it logs, before its leader calls it committed.',
    patches: [
      {
        module: 'peer/learning-role.js',
        find: "case 'logTxns': if (this.#keepsLog)",
        replace:
          "case 'logTxns': this.#observers?.onCommitted({ type: 'committed', txns: effect.txns }, now); if (this.#keepsLog)",
      },
    ],
    caughtBy: { seeds: true, within: 20, shape: { masters: true } },
  },
  {
    name: 'look-before-the-disk-has-spoken',
    sentence:
      'An observer whose wait before an election is over looks for a leader although its last role is not fenced.',
    patches: [
      {
        module: 'peer/quorum-peer.js',
        find: 'return this.#settling === undefined ? earliest(this.#lookAgainAt, this.#candidacy.nextWakeup()) : undefined;',
        replace: 'return earliest(this.#lookAgainAt, this.#candidacy.nextWakeup());',
      },
    ],
    caughtBy: { seeds: true, within: 60, shape: { masters: true } },
  },
  {
    name: 'claim-an-epoch-without-its-history',
    sentence: 'An observer that keeps no log writes currentEpoch to its disk all the same.',
    patches: [
      {
        module: 'peer/learning-role.js',
        find: "case 'writeCurrentEpoch': // An epoch on disk must never hide that the txns of its initial history are not there. if (this.#keepsLog)",
        replace: "case 'writeCurrentEpoch': if (true)",
      },
    ],
    caughtBy: { seeds: true, within: 20, shape: { unlogged: true } },
  },
  {
    name: 'take-a-vote-with-what-was-never-logged',
    sentence:
      'An observer without a log that is given a vote goes on from its memory, of which its disk knows nothing.',
    patches: [
      {
        module: 'peer/quorum-peer.js',
        find: 'if (this.#treeIsAhead && !this.#observesWithoutLog) {',
        replace: 'if (false) {',
      },
    ],
    caughtBy: { seeds: true, within: 60, shape: { unlogged: true, reconfigure: true } },
  },
];
