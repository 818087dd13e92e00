import { electionCompliance } from '@zebu/compliance-tests/election';
import type { ServerId } from '@zebu/protocol';
import { createPreferredElection, preferredElectionOptions } from '../src/index.ts';

const inOrder = preferredElectionOptions();
electionCompliance('preferred election, nobody preferred', async () => ({
  create: (dependencies) => createPreferredElection(dependencies, inOrder),
}));

const priorities = new Map([1, 2, 3, 9].map((id) => [id as ServerId, 10 * (4 - (id % 4))]));
const preferred = preferredElectionOptions({ priorities });
electionCompliance('preferred election, with priorities', async () => ({
  create: (dependencies) => createPreferredElection(dependencies, preferred),
}));
