// What a scenario is there for, undone: each of these needs a schedule that chance seldom brings about.

import type { Mutant } from '../mutant.ts';

export const UNDONE_FIXES: readonly Mutant[] = [
  {
    name: 'ignore-lost-support',
    sentence: 'A leader whose voters have turned away waits for them all the same.',
    ticket: 'ZOOKEEPER-3109',
    patches: [
      {
        module: 'leader/supervision.js',
        find: 'onSupportLost(now) { this.#votersLeft = true;',
        replace: 'onSupportLost() { return;',
      },
    ],
    caughtBy: { scenario: 'ZOOKEEPER-3109' },
  },
  {
    name: 'abandon-on-an-early-commit',
    sentence: 'A learner gives its leader up when a COMMIT comes between NEWLEADER and UPTODATE.',
    ticket: 'ZOOKEEPER-4394',
    patches: [
      {
        module: 'learner/broadcast.js',
        find: "if (!this.#acceptsTxns) return this.#role.abandon('COMMIT before DIFF, TRUNC or SNAP');",
        replace: "if (this.#role.phase !== 'broadcast') return this.#role.abandon('COMMIT before UPTODATE');",
      },
    ],
    caughtBy: { scenario: 'ZOOKEEPER-4394' },
  },
  {
    name: 'log-again-what-is-known',
    sentence: 'A run that begins with txns of the log is logged whole.',
    ticket: 'protocol ambiguity 2',
    patches: [
      {
        module: 'learner/txn-order.js',
        find: 'const fresh = known === 0 ? txns : txns.slice(known);',
        replace: 'if (known > 0) return { ok: true, fresh: txns }; const fresh = txns;',
      },
    ],
    caughtBy: { scenario: 'protocol ambiguity 2' },
  },
  {
    name: 'commit-what-was-acknowledged',
    sentence: 'The COMMIT before UPTODATE speaks of what the learner acknowledged, not of what is committed.',
    ticket: 'protocol ambiguity 3',
    patches: [
      {
        module: 'leader/synchronization.js',
        find: "{ type: 'COMMIT', zxid: this.#role.proposals.lastCommittedZxid },",
        replace: "{ type: 'COMMIT', zxid: handlers[0]?.ackedZxid ?? this.#role.proposals.lastCommittedZxid },",
      },
    ],
    caughtBy: { scenario: 'protocol ambiguity 3' },
  },
  {
    name: 'log-over-a-gap',
    sentence: 'A learner logs what does not follow its log.',
    ticket: 'OX#1239',
    patches: [
      {
        module: 'learner/txn-order.js',
        find: 'if (!follows) return',
        replace: 'if (false) return',
      },
    ],
    caughtBy: { scenario: 'OX#1239' },
  },
  {
    name: 'never-trunc',
    sentence: 'A leader sends DIFF to a learner whose log has txns that its own has not.',
    ticket: 'ZOOKEEPER-1154',
    patches: [
      {
        module: 'leader/synchronizer.js',
        find: 'const truncates = floor !== handler.lastZxid;',
        replace: 'const truncates = false;',
      },
    ],
    caughtBy: { scenario: 'ZOOKEEPER-1154' },
  },
  {
    name: 'committed-log-from-zero',
    sentence: 'After a restore the window of committed txns claims to reach back to the beginning.',
    ticket: 'ZOOKEEPER-4352',
    patches: [
      {
        module: 'peer/database.js',
        find: 'this.#committedLog = new CommittedLog(this.#tree.lastProcessedZxid, this.#options.committedLog);',
        replace: 'this.#committedLog = new CommittedLog(0n, this.#options.committedLog);',
      },
      {
        module: 'leader/proposals.js',
        find: "assert(committedLog.end === history.lastDeliveredZxid, 'the window of committed txns ends with what is applied');",
        replace: '',
      },
    ],
    caughtBy: { scenario: 'ZOOKEEPER-4352' },
  },
  {
    name: 'refuse-an-unfinished-log-file',
    sentence: 'A log file that a crash left without a txn keeps the server from starting.',
    ticket: 'ZOOKEEPER-1621',
    patches: [
      {
        module: 'txnlog/log/log-loader.js',
        find: 'if (!(await wasNeverFlushed(context, file, scan)))',
        replace: 'if (scan !== undefined)',
      },
    ],
    caughtBy: { scenario: 'ZOOKEEPER-1621' },
  },
  {
    name: 'start-empty-over-a-log',
    sentence: 'A log without a snapshot is taken to follow the empty tree.',
    ticket: 'ZOOKEEPER-3644',
    patches: [
      {
        module: 'txnlog/load-history.js',
        find: 'if (snapshot === undefined && !policy.trustEmptySnapshot) {',
        replace: 'if (snapshot === undefined && newest === undefined) {',
      },
    ],
    caughtBy: { scenario: 'ZOOKEEPER-3644' },
  },
  {
    name: 'start-over-a-gap',
    sentence: 'A log from which a file is missing is read as if it were whole.',
    ticket: 'startup gap',
    patches: [
      {
        module: 'txnlog/log/chain.js',
        find: 'if (begun === undefined) return { gap: { previous: maxZxid(previous ?? snapshot, snapshot), next: start.next, fileBefore } }; chain = begun;',
        replace: 'chain = begun ?? chain;',
      },
    ],
    caughtBy: { scenario: 'startup gap' },
  },
  {
    name: 'call-any-damage-torn',
    sentence: 'Damage to records at the end of a log is cut off as if nobody could have relied on them.',
    ticket: 'flipped bit in a log tail',
    patches: [
      {
        module: 'txnlog/log/tail-damage.js',
        find: 'const whole = await findWholeRecord(tail, tail.position + 1); if (whole === undefined) return isTornLastRecord(tail);',
        replace: 'if (tail !== undefined) return true; const whole = 0;',
      },
    ],
    caughtBy: { scenario: 'flipped bit in a log tail' },
  },
  {
    name: 'believe-a-failed-flush',
    sentence: 'After a failed write the server goes on as if it had been done.',
    ticket: 'CH#81780',
    patches: [
      {
        module: 'shell/storage-queue.js',
        find: "await storage.log.flush(); return post({ type: 'flushed', token });",
        replace: "await storage.log.flush().catch(() => undefined); return post({ type: 'flushed', token });",
      },
    ],
    caughtBy: { scenario: 'CH#81780' },
  },
  {
    name: 'lazy-fsync',
    sentence: 'The log is written and never made durable.',
    ticket: 'NATS lazy fsync',
    patches: [
      {
        module: 'txnlog/log/log-writer.js',
        find: 'if (!forceSync)\n            return handle.write(bytes, position);',
        replace: 'return handle.write(bytes, position);',
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
  {
    name: 'snapshot-of-now',
    sentence: 'A snapshot holds znodes as they were when it came by, under the zxid of its beginning.',
    ticket: 'ZOOKEEPER-3127',
    patches: [
      {
        module: 'datatree/snapshot-cursor.js',
        find: 'beforeNodeChange(node) { this.#nodes.writeIfPending(node); }',
        replace: 'beforeNodeChange() { }',
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
];
