import { electionTransportCompliance } from '@zebu/compliance-tests/election-transport';
import { quorumTransportCompliance } from '@zebu/compliance-tests/quorum-transport';
import type { Ensemble, ServerId } from '@zebu/protocol';
import { createElectionTransport, createQuorumTransport, type TransportDependencies } from '../src/index.ts';
import { realClock, RecordingLogger, seededRandom } from './environment.ts';
import { peerSasl } from './peer-sasl-settings.ts';
import { PeerTlsSettings } from './peer-tls-settings.ts';
import { MAX_UNLISTED_SERVERS, ProxiedNetwork } from './proxied-network.ts';

const dependenciesOf = (self: ServerId, ensemble: Ensemble): TransportDependencies => ({
  self,
  ensemble,
  logger: new RecordingLogger(),
  clock: realClock,
  random: seededRandom(self),
});

// The proxies between the servers pass TLS on as it is, so that it ends where the transports are.
for (const [name, security] of [
  ['websocket', {}],
  ['websocket over TLS, with SASL', { tls: new PeerTlsSettings(), sasl: peerSasl() }],
] as const) {
  const options = { maxUnlistedServers: MAX_UNLISTED_SERVERS, ...security };
  electionTransportCompliance(name, () =>
    ProxiedNetwork.open((self, ensemble) =>
      createElectionTransport(dependenciesOf(self, ensemble), { backoffMinMs: 5, backoffMaxMs: 40, ...options }),
    ),
  );
  quorumTransportCompliance(name, () =>
    ProxiedNetwork.open((self, ensemble) => createQuorumTransport(dependenciesOf(self, ensemble), options)),
  );
}
