// What goes wrong around a server: each gives a clear message and the right exit code, and a running server stays up.

import { createClient } from '@zebu/client';
import { freePorts } from '@zebu/ensemble/free-ports';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Outcome, run } from './clients/run.ts';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';

const MAIN = fileURLToPath(new URL('../../../apps/server/dist/main.js', import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-bad-input-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function startWith(lines: readonly string[]): Promise<Outcome> {
  const file = join(directory, 'zoo.cfg');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return run(process.execPath, [MAIN, file], '', 20_000);
}

async function standaloneLines(dataDir = join(directory, 'data')): Promise<string[]> {
  const [port] = await freePorts(1);
  return [`dataDir=${dataDir}`, `clientPort=${port}`, 'clientPortAddress=127.0.0.1'];
}

describe('a start that cannot succeed', () => {
  it('too many arguments: usage, exit 2', async () => {
    const { code, output } = await run(process.execPath, [MAIN, '1', '2', '3', '4', '5']);
    expect(code).toBe(2);
    expect(output).toMatch(/usage/i);
  });

  it('no such configuration file: exit 2, and its name', async () => {
    const { code, output } = await run(process.execPath, [MAIN, join(directory, 'missing.cfg')]);
    expect(code).toBe(2);
    expect(output).toContain('missing.cfg');
  });

  it('a bad line: exit 2, with file, line, key, value and remedy', async () => {
    const { code, output } = await startWith([...(await standaloneLines()), 'tickTime=soon']);
    expect(code).toBe(2);
    expect(output).toMatch(/zoo\.cfg/);
    expect(output).toMatch(/4/);
    expect(output).toContain('tickTime');
    expect(output).toContain('soon');
  });

  it('myid missing, not a number, not in the list: exit 2', async () => {
    const [client, q1, e1] = await freePorts(3);
    const data = join(directory, 'data');
    mkdirSync(data);
    const lines = [
      `dataDir=${data}`,
      `clientPort=${client}`,
      'initLimit=5',
      'syncLimit=2',
      `server.1=127.0.0.1:${q1}:${e1}`,
      'server.2=127.0.0.1:1:2',
      'server.3=127.0.0.1:3:4',
    ];
    const missing = await startWith(lines);
    expect(missing).toMatchObject({ code: 2, output: expect.stringContaining('myid') });
    writeFileSync(join(data, 'myid'), 'one\n');
    expect(await startWith(lines)).toMatchObject({ code: 2, output: expect.stringContaining('myid') });
    writeFileSync(join(data, 'myid'), '9\n');
    expect(await startWith(lines)).toMatchObject({ code: 2, output: expect.stringContaining('9') });
  });

  it('a data directory that is a file: exit 3', async () => {
    const file = join(directory, 'data');
    writeFileSync(file, 'not a directory');
    const { code, output } = await startWith(await standaloneLines(file));
    expect(code).toBe(3);
    expect(output).toContain(file);
  });

  // Root may write anywhere: as root the read-only directory is one that no chmod makes writable.
  it('a read-only data directory: exit 3', async () => {
    const readOnly = process.getuid?.() === 0 ? '/proc/zebu' : join(directory, 'read-only');
    if (process.getuid?.() !== 0) {
      mkdirSync(readOnly);
      chmodSync(readOnly, 0o500);
    }
    const { code } = await startWith(await standaloneLines(readOnly));
    expect(code).toBe(3);
  });

  it('a client port in use: exit 1, and the port', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', () => resolve()));
    const { port } = holder.address() as { port: number };
    const { code, output } = await startWith([
      `dataDir=${join(directory, 'data')}`,
      `clientPort=${port}`,
      'clientPortAddress=127.0.0.1',
    ]);
    holder.close();
    expect(code).toBe(1);
    expect(output).toContain(String(port));
  });
});

describe('a data directory', () => {
  it('in use by a live server: exit 3; released by kill -9', async () => {
    const ensemble = await EnsembleProcesses.start({ servers: 1 });
    const server = ensemble.server(1);
    const { code, output } = await startWith(await standaloneLines(server.dataDirectory));
    expect(code).toBe(3);
    expect(output).toMatch(/in use/);
    await server.stop('SIGKILL');
    server.start();
    await server.serving();
    await ensemble.dispose();
  });

  it('with a torn log tail serves everything acknowledged before the tear', async () => {
    const ensemble = await EnsembleProcesses.start({ servers: 1, lines: ['preAllocSize=16'] });
    const server = ensemble.server(1);
    const client = createClient({ connectionString: server.address });
    for (let n = 0; n < 20; n++) await client.create(`/n${n}`, 'x'.repeat(100));
    client.detach();
    await server.stop('SIGKILL');
    tearLastRecord(join(server.dataDirectory, 'version-2'));
    server.start();
    await server.serving();
    const reader = createClient({ connectionString: server.address });
    expect((await reader.getChildren('/')).length).toBeGreaterThanOrEqual(20);
    await reader.close();
    await ensemble.dispose();
  });

  it('with corruption in the middle of its log is refused: exit 1, with file and offset', async () => {
    const ensemble = await EnsembleProcesses.start({ servers: 1 });
    const server = ensemble.server(1);
    const client = createClient({ connectionString: server.address });
    for (let n = 0; n < 50; n++) await client.create(`/n${n}`, 'y'.repeat(100));
    await client.close();
    await server.stop('SIGKILL');
    const [log] = logFiles(server.dataDirectory);
    flipByte(log as string, 1500);
    server.start();
    expect(await server.exited()).toBe(1);
    expect(server.log()).toContain('log.');
    expect(server.log()).toMatch(/checksum|corrupt/i);
    await ensemble.dispose();
  });
});

describe('what a stranger sends', () => {
  it('garbage on the client, election and quorum ports leaves a healthy session and the ensemble alone', async () => {
    const ensemble = await EnsembleProcesses.start();
    const client = createClient({ connectionString: ensemble.connectString });
    await client.create('/healthy', '0');
    const { client: clientPort, quorum, election } = ensemble.server(1).ports;
    const garbage = [
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3]),
      Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0]),
      Buffer.alloc(100_000, 0x41),
      Buffer.from([0, 0, 0, 45, 0, 0]),
    ];
    for (const port of [clientPort, quorum, election]) {
      for (const bytes of garbage) await throwAt(port, bytes);
      await client.setData('/healthy', String(port));
    }
    expect(new TextDecoder().decode((await client.getData('/healthy')).data ?? undefined)).toBe(String(election));
    expect(await Promise.all(ensemble.servers.map((server) => server.mode()))).not.toContain(undefined);
    await client.close();
    await ensemble.dispose();
  });
});

function throwAt(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => socket.end(bytes));
    socket.setTimeout(500, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.on('close', () => resolve());
  });
}

const logFiles = (dataDirectory: string): string[] =>
  readdirSync(join(dataDirectory, 'version-2'))
    .filter((file) => file.startsWith('log.'))
    .map((file) => join(dataDirectory, 'version-2', file));

/** Leaves the first bytes of a record behind the last whole one, as a crash in the middle of a write does. */
function tearLastRecord(versionDirectory: string): void {
  const file = readdirSync(versionDirectory)
    .filter((name) => name.startsWith('log.'))
    .map((name) => join(versionDirectory, name))
    .at(-1) as string;
  const end = endOfRecords(file);
  writeAt(file, end, Buffer.from([0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 99, 1, 2, 3]));
}

/** Where the zero padding begins: behind the header, each record is checksum, length, bytes and 'B'. */
function endOfRecords(file: string): number {
  const bytes = readFileSync(file);
  let offset = 16;
  while (offset + 12 < bytes.length) {
    const length = bytes.readInt32BE(offset + 8);
    if (length <= 0) break;
    offset += 12 + length + 1;
  }
  return offset;
}

function writeAt(file: string, position: number, bytes: Buffer): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, position);
  closeSync(descriptor);
}

function flipByte(file: string, position: number): void {
  const byte = readFileSync(file)[position] ?? 0;
  writeAt(file, position, Buffer.from([byte ^ 0xff]));
}
