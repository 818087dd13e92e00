// Real servers, one process for each configuration that a row asks for, started when first asked for and kept for the rows that follow.

import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RawSession } from '@zebu/conformance/raw';
import { fourLetterWord } from './four-letter-word.ts';
import { tlsFile } from './tls-files.ts';

const MAIN = fileURLToPath(new URL('../../../../apps/server/dist/main.js', import.meta.url));
/** A fixture that a server has a copy of, since the test changes it. */
const COPIED = /\{directory\}\/([\w-]+\.pem)/g;
const START_PATIENCE_MS = 30_000;

/** Lines of zoo.cfg beside the ports and the directory; `{directory}` stands for a directory of the server's own. */
export type Lines = readonly string[];

/** A server without a quorum: the others of its ensemble are not there. */
export const ONE_OF_THREE = 'one of three';
export type Members = number | typeof ONE_OF_THREE;

export type Role = 'leader' | 'follower' | 'observer';

export interface RunningServer {
  readonly port: number;
  readonly securePort: number;
  /** Its own, with copies of the fixtures that its lines name there. */
  readonly directory: string;
}

interface Started extends RunningServer {
  readonly child: ChildProcess;
}

const TICK_LINES: Lines = ['tickTime=200', 'minSessionTimeout=400', 'maxSessionTimeout=40000'];
const ENSEMBLE_LINES: Lines = ['initLimit=50', 'syncLimit=25'];
const COMMON_LINES: Lines = [
  'clientPortAddress=127.0.0.1',
  'preAllocSize=64',
  'forceSync=no',
  'maxClientCnxns=0',
  '4lw.commands.whitelist=*',
];

export class Servers {
  readonly #directory = mkdtempSync(join(tmpdir(), 'zebu-surface-'));
  readonly #running = new Map<string, Promise<readonly Started[]>>();

  /** One for a standalone server; the members in order for an ensemble. */
  having(lines: Lines, members: Members = 1): Promise<readonly RunningServer[]> {
    const start = () => {
      if (members === ONE_OF_THREE) return this.#startOneOfThree(lines);
      return members === 1 ? this.#startAlone(lines) : this.#startEnsemble(lines, members, 0);
    };
    return this.#kept(`${members}\n${lines.join('\n')}`, start);
  }

  /** The server in this role of an ensemble of three and an observer. */
  async inRole(role: Role): Promise<RunningServer> {
    const members = await this.#kept('roles', () => this.#startEnsemble([], 3, 1));
    const roles = await Promise.all(members.map(({ port }) => fourLetterWord(port, 'srvr')));
    const index = roles.findIndex((answer) => answer?.includes(`Mode: ${role}\n`));
    return members[index] as RunningServer;
  }

  #kept(key: string, start: () => Promise<readonly Started[]>): Promise<readonly Started[]> {
    let running = this.#running.get(key);
    if (running === undefined) {
      running = start();
      this.#running.set(key, running);
    }
    return running;
  }

  async close(): Promise<void> {
    const started = await Promise.allSettled(this.#running.values());
    await Promise.all(
      started.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])).map(({ child }) => stop(child)),
    );
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #startAlone(lines: Lines): Promise<readonly Started[]> {
    const [port, securePort] = (await freePorts(2)) as [number, number];
    return [await this.#start(`alone-${port}`, { port, securePort }, lines)];
  }

  async #startOneOfThree(lines: Lines): Promise<readonly Started[]> {
    const [port, securePort, ...others] = (await freePorts(8)) as [number, number, ...number[]];
    const listed = [1, 2, 3].map((id) => `server.${id}=127.0.0.1:${others.pop()}:${others.pop()}:participant`);
    return [
      await this.#start(`one-of-three-${port}`, { port, securePort }, [...ENSEMBLE_LINES, ...listed, ...lines], 1),
    ];
  }

  async #startEnsemble(lines: Lines, participants: number, observers: number): Promise<readonly Started[]> {
    const members = participants + observers;
    const ports = await freePorts(4 * members);
    const ids = Array.from({ length: members }, (_, index) => index + 1);
    const at = (id: number, which: number): number => ports[4 * (id - 1) + which] as number;
    const listed = ids.map(
      (id) => `server.${id}=127.0.0.1:${at(id, 0)}:${at(id, 1)}:${id > participants ? 'observer' : 'participant'}`,
    );
    return Promise.all(
      ids.map((id) =>
        this.#start(
          `member-${at(id, 2)}`,
          { port: at(id, 2), securePort: at(id, 3) },
          [...ENSEMBLE_LINES, ...listed, ...lines],
          id,
        ),
      ),
    );
  }

  async #start(
    name: string,
    { port, securePort }: Omit<RunningServer, 'directory'>,
    lines: Lines,
    id?: number,
  ): Promise<Started> {
    const directory = join(this.#directory, name);
    mkdirSync(join(directory, 'data'), { recursive: true });
    if (id !== undefined) writeFileSync(join(directory, 'data', 'myid'), `${id}\n`);
    for (const [, file] of lines.join('\n').matchAll(COPIED))
      copyFileSync(tlsFile(file as string), join(directory, file as string));
    const own = lines.map((line) =>
      line.replaceAll('{directory}', directory).replaceAll('{securePort}', `${securePort}`),
    );
    const file = join(directory, 'zoo.cfg');
    const given = new Set(own.map((line) => line.split('=')[0]));
    const untold = [...TICK_LINES, ...COMMON_LINES].filter((line) => !given.has(line.split('=')[0]));
    writeFileSync(file, [`dataDir=${directory}/data`, `clientPort=${port}`, ...untold, ...own, ''].join('\n'));
    const child = spawn(process.execPath, [MAIN, file], { stdio: ['ignore', 'pipe', 'pipe'] });
    await serving(child, port);
    return { port, securePort, directory, child };
  }
}

async function serving(child: ChildProcess, port: number): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => (output = `${output}${text}`.slice(-5000)));
  }
  const end = Date.now() + START_PATIENCE_MS;
  while (!(await givesSessions(port))) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`a server did not start:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function givesSessions(port: number): Promise<boolean> {
  try {
    const session = await RawSession.open(port, { timeoutMs: 400, readOnly: true });
    await session.drop();
    return session.connected.sessionId !== 0n;
  } catch {
    return false;
  }
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
