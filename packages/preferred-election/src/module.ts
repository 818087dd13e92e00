// What electionModule=@zebu/preferred-election loads.

import type { ElectionModule } from '@zebu/interfaces';
import { parsePreferredElectionOptions, type PreferredElectionOptions } from './options.ts';
import { createPreferredElection } from './preferred-election.ts';

export const preferredElectionModule: ElectionModule<PreferredElectionOptions> = {
  name: 'preferred-election',
  portVersion: 1,
  parseOptions: parsePreferredElectionOptions,
  create: createPreferredElection,
};
