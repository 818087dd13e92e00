// Requests into txns, commits into replies.

import type { Mutant } from '../mutant.ts';

export const REQUESTS: readonly Mutant[] = [
  {
    name: 'reply-before-commit',
    sentence: 'A delete is answered when it goes to the leader.',
    patches: [
      {
        module: 'requests/request-pipeline.js',
        find: 'request.submitted = true; this.#clients.outbox.submit(request.forward(session.id));',
        replace: `request.submitted = true;
          if (request.type === OpCode.DELETE && session.isIdle) {
            request.answered = true;
            this.#replies.send(request.connection, request.xid, ErrorCode.OK);
          }
          this.#clients.outbox.submit(request.forward(session.id));`,
      },
      {
        module: 'requests/request-pipeline.js',
        find: 'this.#replyWrite(head, outcome);',
        replace: 'if (!head.answered) this.#replyWrite(head, outcome);',
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
  {
    name: 'reply-with-an-older-zxid',
    sentence: 'The reply to a write carries the zxid that the tree had when the step began.',
    patches: [
      {
        module: 'requests/request-pipeline.js',
        find: 'this.#replies.zxidHigh = txnEpoch(txn); this.#replies.zxidLow = txnCounter(txn);',
        replace: '',
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
  {
    name: 'read-overtakes-a-write',
    sentence: 'A read is answered while a write of its session in front of it waits.',
    patches: [
      {
        module: 'requests/request-pipeline.js',
        find: 'else if (isAnsweredHere(kind) && session.isIdle) { this.#executor.answerFrame(connection, kind, frames, now);',
        replace: 'else if (isAnsweredHere(kind)) { this.#executor.answerFrame(connection, kind, frames, now);',
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
  {
    name: 'serve-a-client-that-has-seen-more',
    sentence: 'A server that is behind what a client has seen takes it on.',
    patches: [
      {
        module: 'requests/handshake.js',
        find: 'if (request.lastZxidSeen <= lastZxid || request.lastZxidSeen <= this.completeZxid)',
        replace: 'if (true)',
      },
    ],
    caughtBy: { scenario: 'server behind' },
  },
  {
    name: 'any-version-will-do',
    sentence: 'setData, delete and check take any version for the expected one.',
    patches: [
      {
        module: 'requests/operation-preparer.js',
        find: 'const isExpected = (expected, current) => expected === ANY_VERSION || expected === current;',
        replace: 'const isExpected = () => true;',
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
  {
    name: 'number-by-children',
    sentence:
      'Sequential znodes are numbered by how many children there are, so that a number comes again after a deletion.',
    patches: [
      {
        module: 'requests/creation-preparer.js',
        find: 'operation.path + sequenceSuffix(parent.cversion)',
        replace: 'operation.path + sequenceSuffix(parent.childCount)',
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
  {
    name: 'fire-a-watch-before-the-change',
    sentence: 'A follower tells of a change of data when it is proposed, before it is made.',
    patches: [
      {
        module: 'peer/learning-role.js',
        find: "case 'logTxns': if (this.#keepsLog)",
        replace: "case 'logTxns': clients.foresee(effect.txns, now); if (this.#keepsLog)",
      },
      {
        module: 'peer/client-service.js',
        find: 'onSyncConfirmed(syncId, now) {',
        replace: `foresee(txns, now) { if (this.serving) this.#step({ type: 'foreseen', txns }, now); }
          onSyncConfirmed(syncId, now) {`,
      },
      {
        module: 'requests/request-processor.js',
        find: "case 'committed':",
        replace: `case 'foreseen':
          for (const txn of input.txns) this.#pipeline.foresee(txn);
          return;
        case 'committed':`,
      },
      {
        module: 'requests/request-pipeline.js',
        find: 'confirmSync(syncId, now) {',
        replace: `foresee(txn) {
            this.#tree.apply(txn, { foresees: true, onWatchEvent: (...event) => this.#events.onWatchEvent(...event) });
          }
          confirmSync(syncId, now) {`,
      },
      {
        module: 'datatree/data-tree.js',
        find: 'const outcome = this.#applier.apply(txn, events);',
        replace: 'const outcome = this.#applier.apply(txn, events); if (events.foresees) return outcome;',
      },
      {
        module: 'datatree/txn-applier.js',
        find: 'this.#applyRecord(reader, events);',
        replace: `if (events.foresees && this.#txn.type !== OpCode.SET_DATA) return outcome;
          this.#applyRecord(reader, events);
          if (events.foresees) return outcome;`,
      },
      {
        module: 'datatree/znode-changes.js',
        find: 'const oldLength = znodes.nodes.statInt(node, StatOffset.DATA_LENGTH);',
        replace: `if (events.foresees) {
            this.#watches.onDataChanged(key, txn, this.#readAclOf(node), events);
            return ErrorCode.NONODE;
          }
          const oldLength = znodes.nodes.statInt(node, StatOffset.DATA_LENGTH);`,
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
];
