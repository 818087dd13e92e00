import { electionTransportCompliance } from '@zebu/compliance-tests/election-transport';
import { quorumTransportCompliance } from '@zebu/compliance-tests/quorum-transport';
import type { ElectionTransport, QuorumTransport } from '@zebu/interfaces';
import type { ServerId } from '@zebu/protocol';
import { createMemoryNetwork, inOrder, type MemoryNetwork } from '../src/index.ts';

const MAX_UNLISTED_SERVERS = 1;

interface Closing {
  close(): Promise<void>;
}

function fixtureOf<Transport extends Closing>(
  make: (network: MemoryNetwork, ...of: Parameters<MemoryNetwork['electionTransport']>) => Transport,
) {
  const network = createMemoryNetwork({
    schedule: inOrder((callback) => setImmediate(callback)),
    maxUnlistedServers: MAX_UNLISTED_SERVERS,
  });
  const created: Transport[] = [];
  return {
    create: async (...of: Parameters<MemoryNetwork['electionTransport']>) => {
      const transport = make(network, ...of);
      created.push(transport);
      return transport;
    },
    sever: (a: ServerId, b: ServerId) => network.sever(a, b),
    heal: (a: ServerId, b: ServerId) => network.heal(a, b),
    maxUnlistedServers: MAX_UNLISTED_SERVERS,
    teardown: async () => {
      await Promise.all(created.map((transport) => transport.close()));
    },
  };
}

electionTransportCompliance('memory', async () =>
  fixtureOf<ElectionTransport>((network, self, ensemble) => network.electionTransport(self, ensemble)),
);
quorumTransportCompliance('memory', async () =>
  fixtureOf<QuorumTransport>((network, self, ensemble) => network.quorumTransport(self, ensemble)),
);
