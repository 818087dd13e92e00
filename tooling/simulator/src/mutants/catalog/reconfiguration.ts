// Changes of the ensemble: which configuration counts when.

import type { CaughtBy, Mutant } from '../mutant.ts';

const withReconfigs = (within: number): CaughtBy => ({ seeds: true, within, shape: { reconfigure: true } });

export const RECONFIGURATION: readonly Mutant[] = [
  {
    name: 'count-the-old-configuration-alone',
    sentence: 'While a change of the ensemble is under way, quorums of the configuration in force decide.',
    patches: [
      {
        module: 'quorum/joint-verifier.js',
        find: 'return this.#before.containsQuorum(servers) && this.#after.containsQuorum(servers);',
        replace: 'return this.#before.containsQuorum(servers);',
      },
    ],
    caughtBy: withReconfigs(60),
  },
  {
    name: 'count-the-new-configuration-alone',
    sentence: 'While a change of the ensemble is under way, quorums of the configuration that is to be decide.',
    patches: [
      {
        module: 'quorum/joint-verifier.js',
        find: 'return this.#before.containsQuorum(servers) && this.#after.containsQuorum(servers);',
        replace: 'return this.#after.containsQuorum(servers);',
      },
    ],
    caughtBy: withReconfigs(60),
  },
  {
    name: 'activate-before-commit',
    sentence: 'A configuration is in force on a server as soon as it has logged it.',
    patches: [
      {
        module: 'quorum/membership.js',
        find: 'return new Membership(this.pending ?? this.inForce, ensemble, this.alone);',
        replace: 'return new Membership(ensemble, undefined, this.alone);',
      },
    ],
    caughtBy: withReconfigs(60),
  },
  {
    name: 'forget-the-joint-quorum-at-a-start',
    sentence: 'A server that comes back takes the last configuration in its log for committed.',
    patches: [
      {
        module: 'peer/membership-keeper.js',
        find: 'const proven = pending !== undefined && epochOf(lastLoggedZxid) > epochOf(pending.version);',
        replace: 'const proven = pending !== undefined;',
      },
    ],
    caughtBy: withReconfigs(300),
  },
  {
    name: 'believe-the-configuration-files',
    sentence: 'A server that comes back counts with what its files say, not with what its log says.',
    patches: [
      {
        module: 'peer/membership-keeper.js',
        find: 'if (!this.#dependencies.reconfigEnabled) return;',
        replace: 'return;',
      },
      {
        module: 'peer/membership-keeper.js',
        find: 'if (!this.#dependencies.reconfigEnabled || !read.ok) return;',
        replace: 'return;',
      },
    ],
    caughtBy: withReconfigs(200),
  },
  {
    name: 'count-a-removed-voter',
    sentence: 'A committed configuration changes nothing but the version: those count whom the one before listed.',
    patches: [
      {
        module: 'quorum/membership.js',
        find: 'return new Membership(this.pending, undefined, this.alone);',
        replace: 'return new Membership({ ...this.pending, servers: this.inForce.servers });',
      },
    ],
    caughtBy: withReconfigs(60),
  },
  {
    name: 'lead-on-without-a-vote',
    sentence: 'A leader that a committed configuration leaves out does not hand over.',
    patches: [
      {
        module: 'leader/reconfiguration.js',
        find: 'if (stays && verifier.weightOf(self) > 0)',
        replace: 'if (stays)',
      },
    ],
    caughtBy: withReconfigs(60),
  },
  {
    name: 'change-the-ensemble-twice-at-a-time',
    sentence: 'A second change of the ensemble is proposed while the first one is not committed.',
    patches: [
      { module: 'requests/reconfig-preparer.js', find: 'if (newest !== inForce.version)', replace: 'if (false)' },
    ],
    caughtBy: withReconfigs(100),
  },
  {
    name: 'change-whichever-configuration-there-is',
    sentence: 'A reconfig is made to the configuration in force, whichever version its client named.',
    patches: [
      {
        module: 'requests/reconfig-preparer.js',
        find: 'if (expected !== ANY_VERSION && expected !== inForce.version)',
        replace: 'if (false)',
      },
    ],
    caughtBy: withReconfigs(60),
  },
  {
    name: 'give-a-vote-and-no-tail',
    sentence: 'A learner that gets a vote is not sent what only voters were sent before.',
    patches: [
      {
        module: 'leader/reconfiguration.js',
        find: "if (txns.length > 0) this.#role.send([handler.link], [{ type: 'PROPOSAL', txns }]);",
        replace: '',
      },
    ],
    caughtBy: withReconfigs(60),
  },
  {
    name: 'forget-what-was-heard-while-restoring',
    sentence:
      'What others say of the ensemble while a server reads its disk is forgotten, and an older configuration written.',
    patches: [
      {
        module: 'peer/membership-keeper.js',
        find: 'this.#become(restored.adopt(this.#current.inForce).grant(this.#current.alone));',
        replace: 'this.#become(restored);',
      },
    ],
    caughtBy: withReconfigs(60),
  },
  {
    name: 'wait-for-a-quorum-that-came-to-nothing',
    sentence: 'A server whose log ends in a reconfig follows a leader only when quorums of both configurations do.',
    patches: [
      {
        module: 'peer/quorum-peer.js',
        find: "if (state === 'LEADING' && vote.leader === from && isLater)",
        replace: 'if (false)',
      },
    ],
    caughtBy: { scenario: 'reconfig that a quorum of the new servers alone has' },
  },
  {
    name: 'count-a-server-below-its-promise',
    sentence: 'A leader that gives a server a vote counts it, whatever epoch above its own that server has accepted.',
    patches: [
      { module: 'leader/broadcast.js', find: 'this.#reconfiguration.makeWayForPromises();', replace: 'void 0;' },
    ],
    caughtBy: { scenario: 'promise without a vote' },
  },
  {
    name: 'lock-out-who-lost-its-vote',
    sentence: 'A server without a vote follows no leader below what it once promised.',
    patches: [
      { module: 'learner/discovery.js', find: '(options.votes || epoch < this.#epochOfHistory)', replace: 'true' },
    ],
    caughtBy: { scenario: 'promise without a vote' },
  },
  {
    name: 'stand-back-for-ever',
    sentence: 'A server that votes by a pending reconfig alone never stands for election.',
    patches: [
      {
        module: 'peer/candidacy.js',
        find: 'this.#isInQuestion(membership) && !this.#takesTurn',
        replace: 'this.#isInQuestion(membership)',
      },
    ],
    caughtBy: { scenario: 'history that only new voters have' },
  },
];
