// Servers that lost a part of their history, and when they count.

import type { Mutant } from '../mutant.ts';

export const HEALING: readonly Mutant[] = [
  {
    name: 'count-a-damaged-server',
    sentence: 'A leader counts a damaged learner: its ACK of NEWLEADER establishes the leader, its ACKs commit.',
    patches: [
      {
        module: 'leader/discovery.js',
        find: 'handler.damaged = true; handler.voter = false;',
        replace: '',
      },
    ],
    caughtBy: { scenario: 'damage is not counted' },
  },
  {
    name: 'take-the-mark-away-at-snap',
    sentence: 'A damaged server removes its mark when the leader begins to send it a snapshot.',
    patches: [
      {
        module: 'learner/rebuilding.js',
        find: "this.#role.emit({ type: 'receiveSnapshot', link: link, zxid });",
        replace: `if (this.#role.damaged) this.#role.emit({ type: 'removeDamageMark', votes: true });
          this.#role.emit({ type: 'receiveSnapshot', link: link, zxid });`,
      },
    ],
    caughtBy: { seeds: true, within: 60 },
  },
  {
    name: 'heal-by-whoever-says-uptodate',
    sentence:
      'A damaged server removes its mark at UPTODATE, without asking whether a quorum follows that leader still.',
    patches: [
      {
        module: 'learner/synchronization.js',
        find: 'return this.#askForConfirmation();',
        replace: 'this.#asksForConfirmation = true; if (this.#role.damaged) return this.onConfirmed();',
      },
    ],
    caughtBy: { scenario: 'damage heals' },
  },
  {
    name: 'set-aside-before-the-mark',
    sentence: 'A damaged server sets its history aside, and marks itself then.',
    patches: [
      {
        module: 'txnlog/open-storage.js',
        find: 'await condemn(directories, error);',
        replace: 'await setHistoryAside(directories, { reason: error.message }); await condemn(directories, error);',
      },
    ],
    caughtBy: { scenario: 'mark before setting aside' },
  },
  {
    name: 'offer-a-damaged-history',
    sentence: 'A damaged server that was synced in part says in ACKEPOCH what it has.',
    patches: [
      {
        module: 'learner/discovery.js',
        find: 'const currentEpoch = this.#role.damaged ? NO_EPOCH : known;',
        replace: 'const currentEpoch = known;',
      },
    ],
    caughtBy: { seeds: true, within: 60 },
  },
];
