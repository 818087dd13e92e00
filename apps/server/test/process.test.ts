// The built server as a process: what only a process shows. The rest of the process contract is in tooling/end-to-end.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const CONTAINER = fileURLToPath(new URL('../dist/container.js', import.meta.url));

type Server = ChildProcessByStdio<null, Readable, Readable>;

describe('the server process', { timeout: 30_000 }, () => {
  let directory: string;
  let server: Server | undefined;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'zebu-process-'));
  });

  afterEach(async () => {
    if (server !== undefined && server.exitCode === null && server.signalCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    rmSync(directory, { recursive: true, force: true });
  });

  function start(...args: string[]): Server {
    server = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    return server;
  }

  function startContainer(environment: Record<string, string>, ...args: string[]): Server {
    server = spawn(process.execPath, [CONTAINER, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    return server;
  }

  /** Resolves at the log line; the port is then open. */
  async function lineWith(process: Server, text: string): Promise<void> {
    for await (const line of createInterface({ input: process.stdout })) if (line.includes(text)) return;
    throw new Error(`the server ended without "${text}"`);
  }

  async function ask(port: number, word: string): Promise<string> {
    const socket = connect(port, '127.0.0.1', () => socket.write(word));
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer;
  }

  it('goes on when the reader of its log has gone', async () => {
    const port = await freePort();
    const process = start(String(port), directory);
    await lineWith(process, 'serving clients');
    process.stdout.destroy();
    process.stderr.destroy();
    for (let i = 0; i < 3; i++) expect(await ask(port, 'srvr')).toContain('Mode: standalone');
    process.kill('SIGTERM');
    expect(await once(process, 'exit')).toEqual([0, null]);
  });

  it('stops although a client holds on to its connection, and a second signal changes nothing', async () => {
    const port = await freePort();
    const process = start(String(port), directory);
    await lineWith(process, 'serving clients');
    const client = connect(port, '127.0.0.1');
    client.on('error', () => {});
    await once(client, 'connect');
    process.kill('SIGINT');
    process.kill('SIGTERM');
    expect(await once(process, 'exit')).toEqual([0, null]);
  });

  it('says which of its ports is taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const address = blocker.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const process = start(String(port), directory);
    const errors: Buffer[] = [];
    process.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    expect(await once(process, 'close')).toEqual([1, null]);
    expect(Buffer.concat(errors).toString()).toMatch(
      new RegExp(`^cannot listen for clients on 0\\.0\\.0\\.0:${port}: .*EADDRINUSE.*\nExiting abnormally\n$`),
    );
    blocker.close();
  });

  it.each([
    ['--help', /^Usage: zebu-server configfile \| port datadir/],
    ['--version', /^3\.9\.0-zebu-/],
  ])('%s', async (flag, output) => {
    const process = start(flag);
    const chunks: Buffer[] = [];
    process.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect(await once(process, 'close')).toEqual([0, null]);
    expect(Buffer.concat(chunks).toString()).toMatch(output);
  });

  describe('in a container', () => {
    const environmentOf = (port: number): Record<string, string> => ({
      ZOO_CONF_DIR: join(directory, 'conf'),
      ZOO_DATA_DIR: join(directory, 'data'),
      ZOO_DATA_LOG_DIR: join(directory, 'log'),
      ZOO_SERVERS: `server.1=localhost:2888:3888;${port}`,
      ZOO_4LW_COMMANDS_WHITELIST: 'srvr,conf',
    });

    it.each([[[]], [['zkServer.sh', 'start-foreground']]])(
      'with the command %j makes its files and serves',
      async (args) => {
        const port = await freePort();
        const process = startContainer(environmentOf(port), ...args);
        await lineWith(process, 'serving clients');
        expect(await ask(port, 'conf')).toContain(`dataLogDir=${join(directory, 'log', 'version-2')}\n`);
        expect(readFileSync(join(directory, 'data', 'myid'), 'utf8')).toBe('1\n');
        process.kill('SIGTERM');
        expect(await once(process, 'exit')).toEqual([0, null]);
      },
    );

    it('keeps a zoo.cfg and a myid that are there', async () => {
      const port = await freePort();
      const environment = { ...environmentOf(1), ZOO_MY_ID: '1', ZOO_CONF_DIR: directory, ZOO_DATA_DIR: directory };
      const own = `clientPort=${port}\ndataDir=${directory}\n`;
      writeFileSync(join(directory, 'zoo.cfg'), own);
      writeFileSync(join(directory, 'myid'), '7\n');
      const process = startContainer(environment);
      await lineWith(process, 'serving clients');
      expect(await ask(port, 'srvr')).toContain('Mode: standalone');
      expect(readFileSync(join(directory, 'zoo.cfg'), 'utf8')).toBe(own);
      expect(readFileSync(join(directory, 'myid'), 'utf8')).toBe('7\n');
    });

    it.each([
      ['ZOO_CONF_DIR', 2],
      ['ZOO_DATA_DIR', 3],
    ])('says that %s cannot be written: exit %i', async (variable, code) => {
      writeFileSync(join(directory, 'file'), '');
      const process = startContainer({ ...environmentOf(1), [variable]: join(directory, 'file', 'x') });
      const errors: Buffer[] = [];
      process.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
      expect(await once(process, 'close')).toEqual([code, null]);
      expect(Buffer.concat(errors).toString()).toMatch(/^cannot make .*: ENOTDIR.*; mount a directory/);
    });

    it('passes other arguments on to the server', async () => {
      const process = startContainer({}, '--version');
      expect(await once(process, 'exit')).toEqual([0, null]);
    });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
