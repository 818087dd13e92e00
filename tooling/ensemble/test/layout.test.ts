import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadServerConfig } from '@zebu/config';
import { afterEach, describe, expect, it } from 'vitest';
import { prepareDirectories, survivorOf } from '../src/directories.ts';
import { connectionString, layOut } from '../src/layout.ts';
import { describeTakenPort, findTakenPort } from '../src/ports.ts';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'zebu-ensemble-'));
const layouts = (dataDirectory: string, serverCount = 3, firstClientPort = 2181) =>
  layOut({ serverCount, firstClientPort, dataDirectory, clean: false });

describe('the layout', () => {
  it('is that of the documentation by default', () => {
    expect(
      layouts('/z').map(({ clientPort, quorumPort, electionPort }) => [clientPort, quorumPort, electionPort]),
    ).toEqual([
      [2181, 2888, 3888],
      [2182, 2889, 3889],
      [2183, 2890, 3890],
    ]);
    expect(connectionString(layouts('/z'))).toBe('127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183');
  });

  it('moves every port along with the client port', () => {
    expect(layouts('/z', 1, 3181)[0]).toMatchObject({ clientPort: 3181, quorumPort: 3888, electionPort: 4888 });
  });

  it('makes configurations that a server takes', () => {
    const directory = temporary();
    const servers = layouts(directory);
    prepareDirectories(servers, { clean: false });
    for (const server of servers) {
      const config = loadServerConfig(server.configFile);
      expect(config).toMatchObject({
        standalone: false,
        serverId: server.id,
        clients: { address: { host: '127.0.0.1', port: server.clientPort } },
        storage: { dataDir: server.dataDirectory },
        warnings: [],
      });
      expect(config.ensemble.servers.size).toBe(3);
      expect(config.clients.fourLetterWords.has('mntr')).toBe(true);
    }
  });

  it('makes a single server standalone', () => {
    const [server, ...others] = layouts(temporary(), 1);
    prepareDirectories(layouts(server?.directory.slice(0, -2) ?? '', 1), { clean: false });
    expect(others).toEqual([]);
    expect(loadServerConfig(server?.configFile ?? '').standalone).toBe(true);
  });
});

describe('data of earlier runs', () => {
  it('is kept', () => {
    const servers = layouts(temporary(), 1);
    prepareDirectories(servers, { clean: false });
    const file = join(servers[0]?.dataDirectory ?? '', 'kept');
    writeFileSync(file, 'data');
    prepareDirectories(servers, { clean: false });
    expect(readFileSync(file, 'utf8')).toBe('data');
  });

  it('is thrown away with --clean', () => {
    const servers = layouts(temporary(), 1);
    prepareDirectories(servers, { clean: false });
    const file = join(servers[0]?.dataDirectory ?? '', 'gone');
    writeFileSync(file, 'data');
    prepareDirectories(servers, { clean: true });
    expect(existsSync(file)).toBe(false);
    expect(existsSync(servers[0]?.configFile ?? '')).toBe(true);
  });

  it('is not thrown away when it is somebody else’s', () => {
    const directory = temporary();
    mkdirSync(join(directory, '1'));
    writeFileSync(join(directory, '1', 'diary'), 'dear');
    expect(() => prepareDirectories(layouts(directory, 1), { clean: true })).toThrow('was not made by pnpm start');
    expect(readFileSync(join(directory, '1', 'diary'), 'utf8')).toBe('dear');
  });
});

describe('a taken port', () => {
  const blocker = createServer();
  afterEach(() => new Promise((resolve) => blocker.close(resolve)));

  it('is found before anything starts, and named', async () => {
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, '127.0.0.1', () => {
        const address = blocker.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const servers = layouts('/z', 1, port);
    const taken = await findTakenPort(servers);
    expect(taken).toMatchObject({ kind: 'client', port, reason: 'EADDRINUSE' });
    if (taken === undefined) return;
    expect(describeTakenPort(taken, undefined)).toBe(
      `the client port ${port} of server 1 is taken (EADDRINUSE); ` +
        'stop whoever listens there, or choose other ports with --client-port',
    );
    expect(describeTakenPort(taken, 4711)).toContain('of an earlier run is still alive: stop it with "kill 4711"');
  });

  it('may belong to a survivor of an earlier run', () => {
    const [server] = layouts(temporary(), 1);
    if (server === undefined) throw new Error('no server');
    expect(survivorOf(server)).toBeUndefined();
    mkdirSync(server.directory, { recursive: true });
    writeFileSync(server.pidFile, `${process.pid}\n`);
    expect(survivorOf(server)).toBe(process.pid);
  });
});
