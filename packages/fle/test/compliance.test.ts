import { electionCompliance } from '@zebu/compliance-tests/election';
import { createFastLeaderElection, fastLeaderElectionOptions } from '../src/index.ts';

electionCompliance('fast leader election', async () => ({
  create: (dependencies) => createFastLeaderElection(dependencies, fastLeaderElectionOptions()),
}));
