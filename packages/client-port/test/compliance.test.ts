import { clientTransportCompliance } from '@zebu/compliance-tests/client-transport';
import { type ClientPortOptions, createClientPort } from '../src/index.ts';
import { FakeClock } from './fake-clock.ts';
import { DEFAULT_OPTIONS } from './port-fixture.ts';
import { RecordingLogger } from './recording-logger.ts';
import { connectSecurely, SecureSettings } from './secure-fixture.ts';
import { TcpClient } from './tcp-client.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

function suite(
  name: string,
  options: Partial<ClientPortOptions>,
  connectTo: (port: number) => Promise<TcpClient> = TcpClient.connect,
): void {
  clientTransportCompliance(name, () => {
    const dependencies = { clock: new FakeClock(), logger: new RecordingLogger() };
    const port = createClientPort(dependencies, { ...DEFAULT_OPTIONS, ...options });
    const clients: TcpClient[] = [];
    return Promise.resolve({
      transport: port,
      connect: async () => {
        const client = await connectTo((port.address ?? port.secureAddress)?.port ?? 0);
        clients.push(client);
        return client;
      },
      teardown: () => {
        for (const client of clients) client.close();
        return Promise.resolve();
      },
    });
  });
}

const unified = (): Partial<ClientPortOptions> => ({ portUnification: true, secure: new SecureSettings() });

suite('tcp', {});
suite('tls', { address: undefined, secureAddress: LOOPBACK, secure: new SecureSettings() }, connectSecurely);
suite('tcp on a unified port', unified());
suite('tls on a unified port', unified(), connectSecurely);
