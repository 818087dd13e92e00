// A change of the ensemble that gives this server another client port.

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { TransportListenError } from '@zebu/interfaces';
import { afterEach, describe, expect, it } from 'vitest';
import { PortFixture } from './port-fixture.ts';
import { TcpClient } from './tcp-client.ts';

const fixtures: PortFixture[] = [];
const squatters: Server[] = [];
afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.stop();
  for (const squatter of squatters.splice(0)) squatter.close();
});

async function started(...options: Parameters<typeof PortFixture.start>): Promise<PortFixture> {
  const fixture = await PortFixture.start(...options);
  fixtures.push(fixture);
  return fixture;
}

async function occupiedPort(): Promise<{ readonly port: number; readonly release: () => Promise<void> }> {
  const server = createServer();
  squatters.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { port: (server.address() as { port: number }).port, release };
}

async function freePort(): Promise<number> {
  const { port, release } = await occupiedPort();
  await release();
  return port;
}

describe('setAddress', () => {
  it('serves clients at the new address, no more at the old one, and leaves those alone that are there', async () => {
    const fixture = await started();
    const neighbour = await fixture.healthyNeighbour();
    const before = fixture.portNumber;
    const after = await freePort();
    await fixture.port.setAddress({ host: '127.0.0.1', port: after });
    expect(fixture.portNumber).toBe(after);
    await expect(TcpClient.connect(before)).rejects.toThrow('ECONNREFUSED');
    await neighbour.check();
    const next = await fixture.healthyNeighbour();
    await next.check();
    await neighbour.check();
    expect(fixture.disconnected).toEqual([]);
  });

  it('counts who came in at the old address', async () => {
    const fixture = await started({ maxConnectionsPerAddress: 1 });
    await (await fixture.healthyNeighbour()).check();
    const after = await freePort();
    await fixture.port.setAddress({ host: '127.0.0.1', port: after });
    expect(fixture.portNumber).toBe(after);
    const refused = await fixture.connect();
    await refused.untilClosed();
    expect(fixture.connected).toHaveLength(1);
  });

  it('stays at the old address when the new one cannot be had, and moves when it can', async () => {
    const fixture = await started();
    const before = fixture.portNumber;
    const { port: after, release } = await occupiedPort();
    const address = { host: '127.0.0.1', port: after };
    await expect(fixture.port.setAddress(address)).rejects.toBeInstanceOf(TransportListenError);
    expect(fixture.portNumber).toBe(before);
    await (await fixture.healthyNeighbour()).check();
    await release();
    await fixture.port.setAddress(address);
    expect(fixture.portNumber).toBe(after);
    await expect(TcpClient.connect(before)).rejects.toThrow('ECONNREFUSED');
  });

  it('stays at every address when the one at the same port cannot be had', async () => {
    const port = await freePort();
    const fixture = await started({ address: { host: '0.0.0.0', port } });
    // TEST-NET-1: no address of this machine.
    const move = fixture.port.setAddress({ host: '192.0.2.1', port });
    await expect(move).rejects.toBeInstanceOf(TransportListenError);
    expect(fixture.port.address).toEqual({ host: '0.0.0.0', port });
    await (await fixture.healthyNeighbour()).check();
  });

  it('changes between every address and one at the same port', async () => {
    const port = await freePort();
    const fixture = await started({ address: { host: '0.0.0.0', port } });
    const neighbour = await fixture.healthyNeighbour();
    await fixture.port.setAddress({ host: '127.0.0.1', port });
    expect(fixture.port.address?.host).toBe('127.0.0.1');
    await neighbour.check();
    await (await fixture.healthyNeighbour()).check();
  });

  it('gives a server without a client port one', async () => {
    const fixture = await started({ address: undefined });
    const port = await freePort();
    await fixture.port.setAddress({ host: '127.0.0.1', port });
    expect(fixture.portNumber).toBe(port);
    await (await fixture.healthyNeighbour()).check();
  });

  it('does nothing for the address that it has', async () => {
    const fixture = await started({ address: { host: '127.0.0.1', port: await freePort() } });
    await fixture.port.setAddress({ host: '127.0.0.1', port: fixture.portNumber });
    await (await fixture.healthyNeighbour()).check();
  });

  it('closes while it moves', async () => {
    const fixture = await started();
    const port = await freePort();
    const move = fixture.port.setAddress({ host: '127.0.0.1', port });
    await Promise.all([fixture.port.close(), move]);
    await expect(TcpClient.connect(port)).rejects.toThrow('ECONNREFUSED');
  });
});
