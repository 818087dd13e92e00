import { electionTransportCompliance } from '@zebu/compliance-tests/election-transport';
import { quorumTransportCompliance } from '@zebu/compliance-tests/quorum-transport';
import type { Ensemble, ServerId } from '@zebu/protocol';
import { createElectionTransport, createQuorumTransport, type TransportDependencies } from '../src/index.ts';
import { realClock, RecordingLogger, seededRandom } from './environment.ts';
import { MAX_UNLISTED_SERVERS, ProxiedNetwork } from './proxied-network.ts';

const dependenciesOf = (self: ServerId, ensemble: Ensemble): TransportDependencies => ({
  self,
  ensemble,
  logger: new RecordingLogger(),
  clock: realClock,
  random: seededRandom(self),
});

electionTransportCompliance('websocket', () =>
  ProxiedNetwork.open((self, ensemble) =>
    createElectionTransport(dependenciesOf(self, ensemble), {
      backoffMinMs: 5,
      backoffMaxMs: 40,
      maxUnlistedServers: MAX_UNLISTED_SERVERS,
    }),
  ),
);
quorumTransportCompliance('websocket', () =>
  ProxiedNetwork.open((self, ensemble) =>
    createQuorumTransport(dependenciesOf(self, ensemble), { maxUnlistedServers: MAX_UNLISTED_SERVERS }),
  ),
);
