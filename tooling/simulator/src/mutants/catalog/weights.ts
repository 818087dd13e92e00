// Groups, weights and oracles: what a quorum is, and who may lead.

import type { Mutant } from '../mutant.ts';

export const WEIGHTS: readonly Mutant[] = [
  {
    name: 'let-a-weight-0-server-lead',
    sentence: 'Whoever is a participant may be elected and lead, also with a weight of 0.',
    patches: [
      { module: 'fle/election-round.js', find: 'return this.#verifier.weightOf(server) > 0;', replace: 'return true;' },
      {
        module: 'peer/quorum-peer.js',
        find: 'if (verifier.weightOf(self) === 0 || !hasHistory)',
        replace: 'if (!hasHistory)',
      },
      { module: 'leader/discovery.js', find: 'membership.verifier.weightOf(self) > 0 &&', replace: '' },
      {
        module: 'quorum/hierarchical-verifier.js',
        find: 'weight > 0 && isVoter(ensemble, server)',
        replace: 'isVoter(ensemble, server)',
      },
    ],
    caughtBy: { seeds: true, within: 40, shape: { weights: true } },
  },
  {
    name: 'half-of-the-groups-are-enough',
    sentence: 'A quorum needs half of the groups, not more than half.',
    patches: [
      {
        module: 'quorum/hierarchical-verifier.js',
        find: 'return 2 * agreeing > this.#groups.length;',
        replace: 'return 2 * agreeing >= this.#groups.length;',
      },
    ],
    caughtBy: { seeds: true, within: 40, shape: { weights: true } },
  },
  {
    name: 'half-of-a-group-s-weight-is-enough',
    sentence: 'A group agrees with half of its weight, not with more than half.',
    patches: [
      {
        module: 'quorum/hierarchical-verifier.js',
        find: 'if (2 * present > weight)',
        replace: 'if (2 * present >= weight)',
      },
    ],
    caughtBy: { seeds: true, within: 40, shape: { weights: true } },
  },
  {
    name: 'go-on-alone-beside-a-follower',
    sentence: 'A leader that its oracle lets go on alone waits for no follower that is in sync.',
    patches: [
      {
        module: 'leader/leader-role.js',
        find: 'this.membership.grant(isAccompanied ? undefined : this.alone)',
        replace: 'this.membership.grant(this.alone)',
      },
    ],
    caughtBy: { scenario: 'oracle that tells the truth' },
  },
  {
    name: 'forget-that-the-oracle-took-it-back',
    sentence: 'A server that its oracle once let go on alone does so whenever it is alone again.',
    patches: [
      {
        module: 'peer/membership-keeper.js',
        find: 'before.grant(grants ? this.#dependencies.self : undefined)',
        replace: 'before.grant(grants || before.alone !== undefined ? this.#dependencies.self : undefined)',
      },
    ],
    caughtBy: { seeds: true, within: 40, shape: { oracle: true } },
  },
];
