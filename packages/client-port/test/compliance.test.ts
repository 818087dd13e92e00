import { clientTransportCompliance } from '@zebu/compliance-tests/client-transport';
import { createClientPort } from '../src/index.ts';
import { FakeClock } from './fake-clock.ts';
import { DEFAULT_OPTIONS } from './port-fixture.ts';
import { RecordingLogger } from './recording-logger.ts';
import { TcpClient } from './tcp-client.ts';

clientTransportCompliance('tcp', () => {
  const dependencies = { clock: new FakeClock(), logger: new RecordingLogger() };
  const port = createClientPort(dependencies, DEFAULT_OPTIONS);
  const clients: TcpClient[] = [];
  return Promise.resolve({
    transport: port,
    connect: async () => {
      const client = await TcpClient.connect(port.address.port);
      clients.push(client);
      return client;
    },
    teardown: () => {
      for (const client of clients) client.close();
      return Promise.resolve();
    },
  });
});
