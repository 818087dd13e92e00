// The election modules that servers may have, with waits that suit simulated networks.

import type { Election, ElectionDependencies } from '@zebu/interfaces';
import { createFastLeaderElection } from '@zebu/fle';
import { createPreferredElection, preferredElectionOptions } from '@zebu/preferred-election';
import type { ServerId } from '@zebu/protocol';

export type CreateElection = (dependencies: ElectionDependencies) => Election;

const WAITS = { finalizeWaitMs: 20, minNotificationIntervalMs: 20, maxNotificationIntervalMs: 500 } as const;

export const fastLeaderElection: CreateElection = (dependencies) => createFastLeaderElection(dependencies, WAITS);

export const preferredElection = (priorities: ReadonlyMap<ServerId, number>): CreateElection => {
  const options = preferredElectionOptions({ ...WAITS, preferredWaitMs: 100, priorities });
  return (dependencies) => createPreferredElection(dependencies, options);
};
