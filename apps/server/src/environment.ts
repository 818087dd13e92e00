// The environment as `envi` and the log of a ZooKeeper server list it (Environment.list). Names that speak of Java get what Node has of the kind,
// and <NA>, Java's own word, where there is nothing. Environment variables and arguments are not among them.

import { arch, freemem, homedir, hostname, release, tmpdir, totalmem, type, userInfo } from 'node:os';
import { dirname } from 'node:path';

const NOT_AVAILABLE = '<NA>';
const MEGABYTE = 1024 * 1024;

/** Java's names of processors. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'aarch64' };

export const environment = (): (readonly [name: string, value: string])[] => [
  ['host.name', hostname()],
  ['java.version', process.version],
  ['java.vendor', 'Node.js'],
  ['java.home', dirname(dirname(process.execPath))],
  ['java.class.path', process.argv[1] ?? NOT_AVAILABLE],
  ['java.library.path', NOT_AVAILABLE],
  ['java.io.tmpdir', tmpdir()],
  ['java.compiler', NOT_AVAILABLE],
  ['os.name', type()],
  ['os.arch', ARCHITECTURES[arch()] ?? arch()],
  ['os.version', release()],
  ['user.name', userName()],
  ['user.home', homedir()],
  ['user.dir', process.cwd()],
  ['os.memory.free', inMegabytes(freemem())],
  ['os.memory.max', inMegabytes(totalmem())],
  ['os.memory.total', inMegabytes(process.memoryUsage.rss())],
];

const inMegabytes = (bytes: number): string => `${Math.floor(bytes / MEGABYTE)}MB`;

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return NOT_AVAILABLE;
  }
}
