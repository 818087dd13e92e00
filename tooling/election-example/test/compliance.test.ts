import { electionCompliance } from '@zebu/compliance-tests/election';
import exampleElection from '../src/index.ts';

const options = exampleElection.parseOptions(new Map());
electionCompliance(exampleElection.name, async () => ({
  create: (dependencies) => exampleElection.create(dependencies, options),
}));
