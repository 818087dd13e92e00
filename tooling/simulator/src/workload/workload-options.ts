// What the load is made of. A swarm draws it anew for each seed: what is left out lets what is left go further.

import type { Millis } from '@zebu/protocol';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { DelayRange } from '../world/world.ts';

export type SessionKind = 'writer' | 'register' | 'queue' | 'transactor' | 'owner' | 'watcher' | 'collector';

export const SESSION_KINDS: readonly SessionKind[] = [
  'writer',
  'register',
  'queue',
  'transactor',
  'owner',
  'watcher',
  'collector',
];

export interface WorkloadOptions {
  readonly sessionCounts: Readonly<Record<SessionKind, number>>;
  /** Between one thing that a session does and the next. */
  readonly pauseMs: DelayRange;
  /** How many znodes the registers are: the fewer, the more sessions meet at one. */
  readonly registerCount: number;
  /** Parents of sequential znodes. */
  readonly queueCount: number;
  /** Of the session to be asked for; drawn for each session. */
  readonly sessionTimeoutMs: DelayRange;
  /** How often a session sends without waiting for what it sent before; 0 to 1. */
  readonly pipelining: number;
  /** How often one that could be closed is left to expire; 0 to 1. */
  readonly abandoning: number;
  /** How often a server loses its clients, which then move to others. Undefined: only faults move sessions. */
  readonly moveEveryMs?: Millis;
  /** Watches over the whole tree. */
  readonly watchesAll: boolean;
  /** A client that is content with reads, also where there is no quorum: for servers in read-only mode. */
  readonly browses: boolean;
  /** Of the znodes that have a TTL. */
  readonly ttlMs: Millis;
}

/** At least three sessions that write; several hundred operations in 15 s. */
export function drawWorkload(random: SeededRandom): WorkloadOptions {
  const sessionCounts = {
    writer: 1 + random.below(2),
    register: 1 + random.below(3),
    queue: random.below(3),
    transactor: random.below(2),
    owner: random.below(3),
    watcher: random.below(3),
    collector: random.below(2),
  };
  const moves = random.below(2) === 0;
  const moveEveryMs = random.between(1500, 6000);
  const total = Object.values(sessionCounts).reduce((sum, count) => sum + count, 0);
  return {
    sessionCounts,
    // The fewer there are, the busier each is.
    pauseMs: [0, random.between(8, 25) * total],
    registerCount: 1 + random.below(3),
    queueCount: 1 + random.below(2),
    sessionTimeoutMs: random.below(2) === 0 ? [3000, 4000] : [800, 4000],
    pipelining: random.below(2) === 0 ? 0 : random.between(0.1, 0.8),
    abandoning: random.between(0, 0.5),
    ...(moves ? { moveEveryMs } : {}),
    watchesAll: random.below(2) === 0,
    browses: false,
    ttlMs: random.between(100, 1000),
  };
}
