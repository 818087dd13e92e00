// `zebu-server reconfig --dry-run`: what it is told.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ArgumentsError } from '@zebu/config';
import type { ReconfigRequest } from '@zebu/jute';

export const RECONFIG_USAGE = `Usage: zebu-server reconfig --dry-run --connect HOST:PORT[,...] [--add LINE ...] [--remove ID ...] | --members FILE

Says what a reconfig of a running ensemble would do, and whether it would be refused now. It changes nothing: a client's reconfig does.
  --connect ...   client ports of servers of the ensemble
  --add LINE      server.4=zoo4:2888:3888:participant;2181, a joiner, or a server with another role or address
  --remove ID     a server that leaves
  --members FILE  all server, group and weight lines of the ensemble to be`;

export interface ReconfigArguments {
  readonly connectionString: string;
  readonly request: ReconfigRequest;
}

/** Undefined: only help is wanted. */
export function reconfigArguments(args: readonly string[]): ReconfigArguments | undefined {
  const { connect, add, remove, members, ...flags } = parse(args);
  if (flags.help === true) return undefined;
  if (flags['dry-run'] !== true)
    throw new ArgumentsError('only --dry-run is done here; the change itself is made by reconfig of any client');
  if (connect === undefined) throw new ArgumentsError('--connect is missing');
  const isIncremental = add !== undefined || remove !== undefined;
  if (isIncremental === (members !== undefined))
    throw new ArgumentsError('say who joins and leaves with --add and --remove, or give all with --members');
  return {
    connectionString: connect,
    request: {
      joiningServers: add?.join(',') ?? null,
      leavingServers: remove?.join(',') ?? null,
      newMembers: members === undefined ? null : membersIn(members),
      currentConfigId: -1n,
    },
  };
}

function membersIn(file: string): string {
  try {
    return readFileSync(file, 'utf8')
      .trim()
      .replaceAll(/\s*\n\s*/g, ',');
  } catch (error) {
    throw new ArgumentsError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        'dry-run': { type: 'boolean' },
        connect: { type: 'string' },
        add: { type: 'string', multiple: true },
        remove: { type: 'string', multiple: true },
        members: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new ArgumentsError(error instanceof Error ? error.message : String(error));
  }
}
