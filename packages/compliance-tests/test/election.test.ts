import { electionCompliance } from '../src/election.ts';
import { SimpleElection } from './simple-election.ts';

electionCompliance('simple election', async () => ({ create: (dependencies) => new SimpleElection(dependencies) }));
