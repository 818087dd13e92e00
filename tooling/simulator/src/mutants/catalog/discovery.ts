// Elections, and who may lead which epoch.

import type { Mutant } from '../mutant.ts';

export const DISCOVERY: readonly Mutant[] = [
  {
    name: 'ignore-finalize-wait',
    sentence: 'An election is over with the first quorum that agrees, though a better vote may be under way.',
    patches: [
      {
        module: 'fle/fast-leader-election.js',
        find: 'if (now < round.finalizeAt && !round.isSettled(this.#unreachable)) return [];',
        replace: '',
      },
    ],
    caughtBy: { scenario: 'ZOOKEEPER-3109' },
  },
  {
    name: 'skip-the-follower-ahead-check',
    sentence: 'A leader counts followers whose history is above its own, and cuts them back.',
    ticket: 'follower ahead',
    patches: [
      {
        module: 'leader/epoch-tally.js',
        find: 'if (history.lastZxid < 0n || isAbove(history, this.#own))',
        replace: 'if (history.lastZxid < 0n)',
      },
    ],
    caughtBy: { seeds: true, within: 800 },
  },
  {
    name: 'accept-an-epoch-before-it-is-durable',
    sentence: 'A learner answers LEADERINFO while its acceptedEpoch is still being written.',
    patches: [
      {
        module: 'learner/discovery.js',
        find: 'this.#acceptedEpochFlush = this.#role.flush();',
        replace: 'this.#acceptedEpochFlush = this.#role.flush(); this.#acknowledgeEpoch(this.#currentEpoch);',
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
  {
    name: 'propose-an-epoch-before-it-is-durable',
    sentence: 'A leader sends LEADERINFO while its own acceptedEpoch is still being written.',
    patches: [
      {
        module: 'leader/discovery.js',
        find: "this.#role.emit({ type: 'writeAcceptedEpoch', epoch }, { type: 'flush', token: this.#acceptedEpochFlush });",
        replace: `this.#role.emit({ type: 'writeAcceptedEpoch', epoch }, { type: 'flush', token: this.#acceptedEpochFlush });
          this.#onAcceptedEpochDurable();`,
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
  {
    name: 'reuse-a-zxid',
    sentence: 'A new leader goes on in the highest accepted epoch, whose zxids another leader has given away.',
    patches: [
      {
        module: 'leader/epoch-tally.js',
        find: 'this.#epoch = (this.#highestAcceptedEpoch + 1);',
        replace: 'this.#epoch = Math.max(1, this.#highestAcceptedEpoch);',
      },
      {
        module: 'learner/discovery.js',
        find: 'this.#acknowledgeEpoch(NO_EPOCH);',
        replace: 'this.#acknowledgeEpoch(this.#currentEpoch);',
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
];
