// What the checkers count with, against what the servers count with, on small ensembles of every kind.

import { parseEnsembleText, type ServerId } from '@zebu/protocol';
import { createQuorumVerifier } from '@zebu/quorum';
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../src/checkers/model/configuration.ts';

const servers = (roles: readonly string[]): string =>
  roles.map((role, index) => `server.${index + 1}=simulated:${1000 + index}:${2000 + index}:${role}`).join('\n');

const FIVE = servers(['participant', 'participant', 'participant', 'participant', 'participant']);
const WITH_OBSERVER = servers(['participant', 'participant', 'participant', 'observer']);

describe('a configuration', () => {
  it.each([
    ['of majorities', FIVE],
    ['with an observer', WITH_OBSERVER],
    ['of one group with weights', `${FIVE}\ngroup.1=1:2:3:4:5\nweight.1=3\nweight.2=0\nweight.5=2`],
    ['of three groups', `${FIVE}\ngroup.1=1:2\ngroup.2=3:4\ngroup.3=5\nweight.4=0`],
    ['with a group that weighs nothing', `${FIVE}\ngroup.1=1:2:3\ngroup.2=4:5\nweight.4=0\nweight.5=0`],
    ['with an observer in a group', `${WITH_OBSERVER}\ngroup.1=1:2:4\ngroup.2=3\nweight.4=5`],
  ])('%s has the quorums that the servers count', (_, text) => {
    const ensemble = parseEnsembleText(text);
    const verifier = createQuorumVerifier(ensemble);
    const configuration = Configuration.of(ensemble);
    expect(configuration.voters).toEqual(verifier.voters);
    for (let subset = 0; subset < 2 ** ensemble.servers.size; subset++) {
      const set = new Set([...ensemble.servers.keys()].filter((id) => (subset >> (id - 1)) & 1) as ServerId[]);
      expect([[...set], configuration.isQuorum(set)]).toEqual([[...set], verifier.containsQuorum(set)]);
    }
  });
});
