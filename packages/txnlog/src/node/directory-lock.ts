// One live server per directory. Node has no flock, so the lock is a name that only one socket on the machine can be bound to, and which the
// kernel frees when its process dies, however it dies. The name is the directory's device and inode: another mount path is the same directory.

import { stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryInUseError, type FileLock } from '@zebu/interfaces';

export async function lockDirectory(directory: string): Promise<FileLock> {
  const { dev, ino } = await stat(directory, { bigint: true });
  const identity = `zebu-directory-${dev.toString(16)}-${ino.toString(16)}`;
  const server = await bindOrReplaceDead(nameFor(identity), directory);
  server.unref();
  return { release: () => close(server) };
}

/** Linux: an abstract socket, which is no file. Windows: a pipe. Elsewhere a socket file outside the data, whose owner may have died. */
function nameFor(identity: string): string {
  if (process.platform === 'linux') return `\0${identity}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${identity}`;
  return join(tmpdir(), `${identity}.sock`);
}

const leavesFile = (): boolean => process.platform !== 'linux' && process.platform !== 'win32';

async function bindOrReplaceDead(name: string, directory: string): Promise<Server> {
  try {
    return await bind(name);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    if (!leavesFile() || (await answers(name))) throw new DirectoryInUseError(directory, { cause: error });
  }
  await unlink(name);
  return bind(name);
}

function bind(name: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    // Nobody has business with this socket: whoever connects asks only whether somebody is there.
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen({ path: name, exclusive: true }, () => {
      server.removeListener('error', reject);
      resolve(server);
    });
  });
}

function answers(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(name);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function close(server: Server): Promise<void> {
  return server.listening ? new Promise((resolve) => server.close(() => resolve())) : Promise.resolve();
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
