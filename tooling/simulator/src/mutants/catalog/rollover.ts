// A new epoch for a leader whose zxids are used up.

import type { Mutant } from '../mutant.ts';

export const ROLLOVER: readonly Mutant[] = [
  {
    name: 'roll-over-before-all-is-committed',
    sentence: 'A leader asks for a new epoch while proposals of the old one are not committed.',
    patches: [
      { module: 'leader/rollover.js', find: 'proposals.outstanding.length > 0 ||', replace: '' },
      {
        module: 'leader/proposals.js',
        find: "assert(this.#outstanding.length === 0, 'an epoch ends with everything that was proposed in it committed');",
        replace: '',
      },
    ],
    caughtBy: { seeds: true, within: 40, shape: { rollover: true } },
  },
  {
    name: 'roll-over-without-a-quorum',
    sentence: 'A leader proposes in a new epoch before a quorum acknowledged NEWLEADER of it: they follow already.',
    patches: [
      {
        module: 'leader/synchronization.js',
        find: "if (phase !== 'synchronization' || !proposals.newLeaderQuorum)",
        replace: "if (phase !== 'synchronization' || !(proposals.newLeaderQuorum || this.#role.rollingOver))",
      },
    ],
    caughtBy: { seeds: true, within: 40, shape: { rollover: true } },
  },
  {
    name: 'roll-over-on-a-promise-in-memory',
    sentence: 'A learner whose leader asks for a new epoch acknowledges it without making acceptedEpoch durable.',
    patches: [
      {
        module: 'learner/discovery.js',
        find: 'this.#role.epoch = epoch; this.#acceptEpoch(epoch); }',
        replace:
          'this.#role.epoch = epoch; this.#role.acceptedEpoch = epoch; this.#acknowledgeEpoch(this.#currentEpoch); }',
      },
    ],
    caughtBy: { seeds: true, within: 40, shape: { rollover: true } },
  },
  {
    name: 'answer-a-sync-ahead-of-the-new-epoch',
    sentence:
      'A leader confirms the sync of a learner that is late in a rollover before it sent what was committed without it.',
    patches: [
      {
        module: 'leader/leader.js',
        find: "if (handler.phase !== 'upToDate') return void handler.held.push(packet);",
        replace:
          "if (handler.phase !== 'upToDate' && packet.type === 'REQUEST') return void handler.held.push(packet);",
      },
    ],
    caughtBy: { scenario: 'sync ahead of a new epoch' },
  },
];
