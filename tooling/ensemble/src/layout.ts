// Where everything of the ensemble is: ports, directories, and what each zoo.cfg says.

import { join } from 'node:path';
import { ELECTION_PORT_DISTANCE, type EnsembleOptions, QUORUM_PORT_DISTANCE } from './options.ts';

export interface ServerLayout {
  readonly id: number;
  readonly clientPort: number;
  readonly quorumPort: number;
  readonly electionPort: number;
  readonly directory: string;
  readonly configFile: string;
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly pidFile: string;
}

export const HOST = '127.0.0.1';

/** The first line of every zoo.cfg that `pnpm start` writes; --clean removes only directories that have it. */
export const CONFIG_MARK = '# Written by pnpm start: changes are overwritten.';

export function layOut({ serverCount, firstClientPort, dataDirectory }: EnsembleOptions): ServerLayout[] {
  return Array.from({ length: serverCount }, (_, index) => {
    const id = index + 1;
    const clientPort = firstClientPort + index;
    const directory = join(dataDirectory, String(id));
    return {
      id,
      clientPort,
      quorumPort: clientPort + QUORUM_PORT_DISTANCE,
      electionPort: clientPort + ELECTION_PORT_DISTANCE,
      directory,
      configFile: join(directory, 'zoo.cfg'),
      dataDirectory: join(directory, 'data'),
      logFile: join(directory, 'server.log'),
      pidFile: join(directory, 'pid'),
    };
  });
}

/** A server of one runs standalone, as its zoo.cfg lists no servers. */
export function zooCfg(server: ServerLayout, all: readonly ServerLayout[]): string {
  const lines = [
    CONFIG_MARK,
    'tickTime=2000',
    'initLimit=10',
    'syncLimit=5',
    `dataDir=${escapeValue(server.dataDirectory)}`,
    `clientPort=${server.clientPort}`,
    `clientPortAddress=${HOST}`,
    '4lw.commands.whitelist=*',
    ...(all.length === 1 ? [] : all.map((one) => `server.${one.id}=${HOST}:${one.quorumPort}:${one.electionPort}`)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Backslashes mean something in Java properties. */
const escapeValue = (text: string): string => text.replaceAll('\\', '\\\\');

export const connectionString = (servers: readonly ServerLayout[]): string =>
  servers.map((server) => `${HOST}:${server.clientPort}`).join(',');

export const portsOf = (server: ServerLayout, all: readonly ServerLayout[]): readonly (readonly [string, number])[] => [
  ['client', server.clientPort],
  ...(all.length === 1
    ? []
    : ([
        ['quorum', server.quorumPort],
        ['election', server.electionPort],
      ] as const)),
];
