// Whose session lives how long, and who may speak for it.

import type { Mutant } from '../mutant.ts';

export const SESSIONS: readonly Mutant[] = [
  {
    name: 'expire-a-session-twice',
    sentence: 'A session whose time is up is ended by two txns.',
    patches: [
      {
        module: 'peer/session-expiry.js',
        find: 'requests.push({ sessionId, cxid: 0, type: OpCode.CLOSE_SESSION, payload: NOTHING, authInfo: [] });',
        replace: `for (let i = 0; i < 2; i++)
          requests.push({ sessionId, cxid: 0, type: OpCode.CLOSE_SESSION, payload: NOTHING, authInfo: [] });`,
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
  {
    name: 'deaf-to-the-sessions-of-followers',
    sentence: 'A leader does not note whom its followers have heard from, and ends their sessions.',
    patches: [
      {
        module: 'leader/sync-rounds.js',
        find: "if (packet.sessions.length > 0) this.#role.emit({ type: 'touch', sessions: packet.sessions });",
        replace: '',
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
  {
    name: 'forget-the-sessions-of-the-last-leader',
    sentence: 'A new leader does not take over the sessions of the tree: nobody ends those whose clients are gone.',
    patches: [
      {
        module: 'peer/session-expiry.js',
        find: 'this.#inherited = tree.sessions[Symbol.iterator](); this.#takeOverSome();',
        replace: 'this.#inherited = [][Symbol.iterator]();',
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
  {
    name: 'write-through-two-servers',
    sentence: 'A session that has moved may still write through the server that it left.',
    ticket: 'ZOOKEEPER-710',
    patches: [
      {
        module: 'sessions/session-tracker.js',
        find: 'return session.owner === owner ? ErrorCode.OK : ErrorCode.SESSIONMOVED;',
        replace: 'return ErrorCode.OK;',
      },
    ],
    caughtBy: { scenario: 'session moved' },
  },
  {
    name: 'take-back-a-closed-session',
    sentence: 'A client comes back with a session that has ended, and is let in.',
    patches: [
      {
        module: 'peer/session-service.js',
        find: 'return (this.#sessions.touch(sessionId, timeoutMs, now) && this.#sessions.setOwner(sessionId, owner) === ErrorCode.OK);',
        replace:
          'this.#sessions.track(sessionId, timeoutMs, now); this.#sessions.setOwner(sessionId, owner); return true;',
      },
    ],
    caughtBy: { scenario: 'ended session' },
  },
  {
    name: 'ephemerals-stay-on-one-server',
    sentence: 'Server 2 ends a session and keeps its ephemeral znodes.',
    ticket: 'ZOOKEEPER-2355',
    patches: [
      {
        module: 'requests/request-processor.js',
        find: 'this.#serverId = options.serverId;',
        replace: 'this.#serverId = this.server = options.serverId;',
      },
      {
        module: 'datatree/txn-applier.js',
        find: 'this.#changes.delete(this.#record.key, this.#txn, events); } } const { ephemerals, names } = this.#znodes;',
        replace: `if (events.server !== 2) this.#changes.delete(this.#record.key, this.#txn, events); } }
          if (events.server === 2) return;
          const { ephemerals, names } = this.#znodes;`,
      },
    ],
    caughtBy: { seeds: true, within: 100 },
  },
];
