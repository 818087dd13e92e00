// `zebu-server recover`: what it is told.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ArgumentsError } from '@zebu/config';
import type { ServerId } from '@zebu/protocol';

export const RECOVER_USAGE = `Usage: zebu-server recover --config FILE --server [ID=]DATADIR[,DATALOGDIR] ... [--dry-run] [--force]

Makes an ensemble of what is left when a quorum is lost for good. All servers must be down.
  --config FILE   the zoo.cfg of the server that goes on: with the new server lines, dataDir and myid
  --server ...    each data directory that is left, of this server and of others; without an ID its myid is read
  --former FILE   the zoo.cfg that the ensemble had, where its tree does not know it: says who is lost
  --dry-run       says what would be done, and which zxids may be lost; touches nothing
  --force         also when the servers that are left are a quorum, which need only be started`;

export interface RecoverArguments {
  readonly config: string;
  readonly former: string | undefined;
  readonly servers: readonly {
    readonly id: ServerId;
    readonly dataDir: string;
    readonly dataLogDir: string | undefined;
  }[];
  readonly dryRun: boolean;
  readonly force: boolean;
}

/** Undefined: only help is wanted. */
export function recoverArguments(args: readonly string[]): RecoverArguments | undefined {
  const { config, former, server, ...flags } = parse(args);
  if (flags['help'] === true) return undefined;
  if (config === undefined) throw new ArgumentsError('--config is missing');
  if (server === undefined) throw new ArgumentsError('--server is missing: name each data directory that is left');
  const servers = server.map(parseServer);
  const ids = new Set(servers.map(({ id }) => id));
  if (ids.size < servers.length) throw new ArgumentsError('two --server have one id');
  return { config, former, servers, dryRun: flags['dry-run'] === true, force: flags.force === true };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        former: { type: 'string' },
        server: { type: 'string', multiple: true },
        'dry-run': { type: 'boolean' },
        force: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new ArgumentsError(error instanceof Error ? error.message : String(error));
  }
}

function parseServer(text: string): RecoverArguments['servers'][number] {
  const [, id, directories = ''] = /^(?:(\d+)=)?(.+)$/.exec(text) ?? [];
  const [dataDir = '', dataLogDir] = directories.split(',').map((path) => resolve(path));
  return { id: id === undefined ? myIdIn(dataDir) : (Number(id) as ServerId), dataDir, dataLogDir };
}

function myIdIn(dataDir: string): ServerId {
  try {
    const id = readFileSync(join(dataDir, 'myid'), 'utf8').trim();
    if (/^\d+$/.test(id)) return Number(id) as ServerId;
  } catch {
    // As missing as one that holds no number.
  }
  throw new ArgumentsError(`${join(dataDir, 'myid')} does not say whose directory it is: write --server ID=${dataDir}`);
}
