// Leadership that is handed over on request.

import type { Mutant } from '../mutant.ts';

export const TRANSFER: readonly Mutant[] = [
  {
    name: 'hand-over-what-is-outstanding-as-committed',
    sentence: 'A leader that hands over waits for nobody, and calls all that it proposed committed.',
    patches: [
      { module: 'leader/transfer.js', find: 'const PATIENCE_MS = 200;', replace: 'const PATIENCE_MS = 0;' },
      {
        module: 'leader/transfer.js',
        find: 'zxid: proposals.lastCommittedZxid',
        replace: 'zxid: proposals.lastProposedZxid',
      },
    ],
    caughtBy: { seeds: true, within: 60, shape: { transfers: true } },
  },
  {
    name: 'answer-what-is-outstanding-at-a-handover',
    sentence: 'A leader that hands over applies what it proposed at once, so that its clients are answered.',
    patches: [
      { module: 'leader/transfer.js', find: 'const PATIENCE_MS = 200;', replace: 'const PATIENCE_MS = 0;' },
      {
        module: 'leader/transfer.js',
        find: 'this.#role.successor = designatedLeader;',
        replace: `this.#role.successor = designatedLeader;
          if (proposals.outstanding.length > 0) this.#role.emit({ type: 'deliver', txns: [...proposals.outstanding] });`,
      },
    ],
    caughtBy: { seeds: true, within: 60, shape: { transfers: true } },
  },
  {
    name: 'designated-leader-establishes-itself',
    sentence: 'A designated leader waits for no quorum to acknowledge NEWLEADER: its predecessor had one.',
    patches: [
      {
        module: 'leader/discovery.js',
        find: 'this.#role.expectLearnersSoon(now);',
        replace: '{ this.#role.designated = true; this.#role.expectLearnersSoon(now); }',
      },
      {
        module: 'leader/synchronization.js',
        find: "if (phase !== 'synchronization' || !proposals.newLeaderQuorum)",
        replace: "if (phase !== 'synchronization' || !(proposals.newLeaderQuorum || this.#role.designated === true))",
      },
    ],
    caughtBy: { seeds: true, within: 60, shape: { transfers: true } },
  },
  {
    name: 'designated-leader-keeps-the-epoch',
    sentence:
      'A designated leader leads on in the epoch of its predecessor, and those who come accept that epoch again.',
    patches: [
      {
        module: 'leader/discovery.js',
        find: 'this.#role.expectLearnersSoon(now);',
        replace: '{ this.#role.epochTally.designated = true; this.#role.expectLearnersSoon(now); }',
      },
      {
        module: 'leader/epoch-tally.js',
        find: 'this.#epoch = (this.#highestAcceptedEpoch + 1);',
        replace: 'this.#epoch = (this.#highestAcceptedEpoch + (this.designated === true ? 0 : 1));',
      },
      {
        module: 'leader/epoch-tally.js',
        find: 'else if (history.currentEpoch < 0)',
        replace: 'else if (history.currentEpoch < 0 && this.designated !== true)',
      },
    ],
    caughtBy: { seeds: true, within: 60, shape: { transfers: true } },
  },
];
