import { createServer } from 'node:net';
import { TransportListenError } from '@zebu/interfaces';
import { afterEach, describe, expect, it } from 'vitest';
import { createClientPort } from '../src/index.ts';
import { FakeClock } from './fake-clock.ts';
import { DEFAULT_OPTIONS, frameOf, PortFixture, turns } from './port-fixture.ts';
import { RecordingLogger } from './recording-logger.ts';
import { TcpClient } from './tcp-client.ts';

let fixture: PortFixture;
afterEach(() => fixture.stop());

describe('listening', () => {
  it('says which port it got', async () => {
    fixture = await PortFixture.start();
    expect(fixture.portNumber).toBeGreaterThan(0);
  });

  it('rejects with TransportListenError when the port is taken, and can be closed all the same', async () => {
    fixture = await PortFixture.start();
    const port = fixture.portNumber;
    const second = createClientPort(
      { clock: new FakeClock(), logger: new RecordingLogger() },
      { ...DEFAULT_OPTIONS, address: { host: '127.0.0.1', port } },
    );
    const started = second.start(fixture);
    await expect(started).rejects.toBeInstanceOf(TransportListenError);
    await expect(started).rejects.toThrow(`cannot listen for clients on 127.0.0.1:${port}: `);
    await second.close();
  });

  it.each(['0.0.0.0', '::'])(
    'on %s serves every address, and tells IPv4 clients by their plain address',
    async (host) => {
      fixture = await PortFixture.start({ address: { host, port: 0 } });
      const client = await fixture.connect();
      client.write(frameOf('x'));
      await fixture.until(() => fixture.connected.length === 1);
      expect(fixture.remoteAddresses[0]).toMatch(/^127\.0\.0\.1:\d+$/);
    },
  );

  it('writes IPv6 clients in brackets', async () => {
    fixture = await PortFixture.start({ address: { host: '::1', port: 0 } });
    const client = await TcpClient.connect(fixture.portNumber, '::1');
    client.write(frameOf('x'));
    await fixture.until(() => fixture.connected.length === 1);
    expect(fixture.remoteAddresses[0]).toMatch(/^\[::1\]:\d+$/);
    client.close();
  });
});

describe('four-letter words', () => {
  it('are answered, and the connection closes; the core never hears of it', async () => {
    fixture = await PortFixture.start();
    const client = await fixture.connect();
    client.write('ruok');
    await client.untilClosed();
    expect(client.text()).toBe('answer to ruok');
    expect(fixture.connected).toEqual([]);
  });

  it.each(['ruok\n', 'ruok\r\nmore than that'])('%j: what follows is ignored', async (text) => {
    fixture = await PortFixture.start();
    const client = await fixture.connect();
    client.write(text);
    await client.untilClosed();
    expect(client.text()).toBe('answer to ruok');
  });

  it('come one byte at a time too', async () => {
    fixture = await PortFixture.start();
    const client = await fixture.connect();
    for (const letter of 'srvr') {
      client.write(letter);
      await turns();
    }
    await client.untilClosed();
    expect(client.text()).toBe('answer to srvr');
  });

  it('are answered to a client that has closed its sending side, as netcat does', async () => {
    fixture = await PortFixture.start();
    fixture.answer = () => 'long '.repeat(100_000);
    const client = await fixture.connect();
    client.write('srvr');
    client.halfClose();
    await client.untilClosed();
    expect(client.text()).toBe('long '.repeat(100_000));
  });

  it('outside the whitelist get ZooKeeper’s refusal', async () => {
    fixture = await PortFixture.start();
    const client = await fixture.connect();
    client.write('mntr');
    await client.untilClosed();
    expect(client.text()).toBe('mntr is not executed because it is not in the whitelist.\n');
  });

  it('are words only at the beginning: later they are a length', async () => {
    fixture = await PortFixture.start();
    const client = await fixture.connect();
    client.write(frameOf('x'));
    client.write('ruok');
    await client.untilClosed();
    expect(client.text()).toBe('');
    expect(fixture.logger.warnings[0]?.fields['problem']).toContain('more than jute.maxbuffer');
  });

  it('are answered while the core refuses connections', async () => {
    fixture = await PortFixture.start();
    fixture.accepts = false;
    const client = await fixture.connect();
    client.write('ruok');
    await client.untilClosed();
    expect(client.text()).toBe('answer to ruok');
  });
});

describe('limits', () => {
  const countOfOpen = (clients: readonly TcpClient[]): number => clients.filter((client) => !client.closed()).length;

  it('maxClientCnxns: no more from one address, until one of them leaves', async () => {
    fixture = await PortFixture.start({ maxConnectionsPerAddress: 2 });
    const first = await fixture.connect();
    const second = await fixture.connect();
    const third = await fixture.connect();
    await third.untilClosed();
    expect(countOfOpen([first, second])).toBe(2);
    expect(fixture.logger.warnings).toEqual([
      {
        message: 'too many connections: refused',
        fields: { remoteAddress: expect.stringContaining('127.0.0.1:'), limit: 'maxClientCnxns=2' },
      },
    ]);
    first.write(frameOf('x'));
    await fixture.until(() => fixture.frames.length === 1);
    first.close();
    await fixture.until(() => fixture.disconnected.length === 1);
    await turns();
    const fourth = await fixture.connect();
    fourth.write(frameOf('y'));
    await fixture.until(() => fixture.frames.length === 2);
    expect(fourth.closed()).toBe(false);
  });

  it('maxClientCnxns counts addresses apart', async () => {
    fixture = await PortFixture.start({ maxConnectionsPerAddress: 1, address: { host: '::', port: 0 } });
    const four = await TcpClient.connect(fixture.portNumber, '127.0.0.1');
    const six = await TcpClient.connect(fixture.portNumber, '::1');
    four.write(frameOf('4'));
    six.write(frameOf('6'));
    await fixture.until(() => fixture.frames.length === 2);
    expect(countOfOpen([four, six])).toBe(2);
    four.close();
    six.close();
  });

  it('maxCnxns: no more in all', async () => {
    fixture = await PortFixture.start({ maxConnections: 1 });
    await fixture.connect();
    const second = await fixture.connect();
    await second.untilClosed();
    expect(fixture.logger.warnings[0]?.fields['limit']).toBe('maxCnxns=1');
  });
});

describe('writing', () => {
  it('sends of one turn leave in one write', async () => {
    fixture = await PortFixture.start();
    const client = await fixture.connect();
    client.write(frameOf('x'));
    await fixture.until(() => fixture.frames.length === 1);
    let chunkCount = 0;
    client.socket.on('data', () => chunkCount++);
    for (let i = 0; i < 50; i++) fixture.port.send(fixture.connected[0] as never, frameOf('reply'));
    await client.until(() => client.received().length === 50 * 9);
    expect(chunkCount).toBe(1);
  });

  it('a client that does not read is not read either, until it has caught up', async () => {
    fixture = await PortFixture.start({ pauseAboveBytes: 100_000 });
    const neighbour = await fixture.healthyNeighbour();
    const client = await fixture.connect();
    client.write(frameOf('first'));
    await fixture.until(() => fixture.frames.length === 2);
    const connection = fixture.frames[1]?.connection as never;
    client.socket.pause();
    const bytes = 16_000_000;
    fixture.port.send(connection, new Uint8Array(bytes));
    await turns();
    client.write(frameOf('second'));
    await neighbour.check();
    await turns(50);
    expect(fixture.frames.filter((frames) => frames.connection === connection)).toHaveLength(1);
    client.socket.resume();
    await fixture.until(() => fixture.frames.filter((frames) => frames.connection === connection).length === 2);
    await client.until(() => client.received().length === bytes);
  });

  it('a client that was paused by the core stays so when its output drains', async () => {
    fixture = await PortFixture.start({ pauseAboveBytes: 1000 });
    const client = await fixture.connect();
    client.write(frameOf('first'));
    await fixture.until(() => fixture.frames.length === 1);
    const connection = fixture.connected[0] as never;
    fixture.port.pauseReading(connection);
    fixture.port.send(connection, new Uint8Array(8_000_000));
    await client.until(() => client.received().length === 8_000_000);
    client.write(frameOf('second'));
    await (await fixture.healthyNeighbour()).check();
    expect(fixture.frames.filter((frames) => frames.connection === connection)).toHaveLength(1);
    fixture.port.resumeReading(connection);
    await fixture.until(() => fixture.frames.filter((frames) => frames.connection === connection).length === 2);
  });

  it('a client that lets more pile up than memory is worth is cut off', async () => {
    fixture = await PortFixture.start({ maxOutgoingBytes: 20_000_000 });
    const neighbour = await fixture.healthyNeighbour();
    const client = await fixture.connect();
    client.write(frameOf('first'));
    await fixture.until(() => fixture.frames.length === 2);
    const connection = fixture.frames[1]?.connection as never;
    client.socket.pause();
    for (let i = 0; i < 40; i++) {
      fixture.port.send(connection, new Uint8Array(1_000_000));
      await turns(1);
    }
    await fixture.until(() => fixture.disconnected.length === 1);
    expect(fixture.disconnected).toEqual([connection]);
    expect(fixture.logger.warnings[0]?.fields['problem']).toMatch(/^not reading: \d+ bytes/);
    await neighbour.check();
  });
});

describe('closing', () => {
  it('a connection whose client takes nothing is cut off after a while', async () => {
    fixture = await PortFixture.start({ lingerMs: 1000 });
    const client = await fixture.connect();
    client.write(frameOf('x'));
    await fixture.until(() => fixture.frames.length === 1);
    client.socket.pause();
    fixture.port.send(fixture.connected[0] as never, new Uint8Array(32_000_000));
    fixture.port.closeConnection(fixture.connected[0] as never);
    await turns();
    fixture.clock.advance(1000);
    await turns();
    client.socket.resume();
    await client.untilClosed();
    expect(client.received().length).toBeLessThan(32_000_000);
    expect(fixture.disconnected).toEqual([]);
  });

  it('the port: ends promptly although a client neither reads nor leaves', async () => {
    fixture = await PortFixture.start();
    const client = await fixture.connect();
    client.write(frameOf('x'));
    await fixture.until(() => fixture.frames.length === 1);
    client.socket.pause();
    fixture.port.send(fixture.connected[0] as never, new Uint8Array(32_000_000));
    await fixture.port.close();
    expect(fixture.disconnected).toEqual([]);
    client.socket.resume();
    await client.untilClosed();
  });

  it('the port: what was queued for a client that reads still arrives', async () => {
    fixture = await PortFixture.start();
    const client = await fixture.connect();
    client.write(frameOf('x'));
    await fixture.until(() => fixture.frames.length === 1);
    fixture.port.send(fixture.connected[0] as never, frameOf('last words'));
    await fixture.port.close();
    await client.untilClosed();
    expect(client.received()).toEqual(new Uint8Array(frameOf('last words')));
  });

  it('the port: frees its address', async () => {
    fixture = await PortFixture.start();
    const port = fixture.portNumber;
    await fixture.connect();
    await fixture.port.close();
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  });
});
