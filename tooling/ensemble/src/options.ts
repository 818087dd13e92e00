// The flags of `pnpm start`.

import { parseArgs } from 'node:util';

export interface EnsembleOptions {
  readonly serverCount: number;
  /** Of the first server; the others follow. */
  readonly firstClientPort: number;
  readonly dataDirectory: string;
  /** Throw the data of earlier runs away first. */
  readonly clean: boolean;
}

export type ParsedOptions =
  | { readonly type: 'run'; readonly options: EnsembleOptions }
  | { readonly type: 'help' }
  | { readonly type: 'wrong'; readonly problem: string };

export const DEFAULT_CLIENT_PORT = 2181;
const DEFAULT_SERVER_COUNT = 3;
const MAX_SERVER_COUNT = 9;

export const HELP = `Runs an ensemble of Zebu servers on this machine, until Ctrl-C.

  pnpm start [--servers N] [--client-port PORT] [--data DIRECTORY] [--clean]

  --servers N         how many servers (${DEFAULT_SERVER_COUNT})
  --client-port PORT  client port of the first one; the next ports are the others' (${DEFAULT_CLIENT_PORT}).
                      The quorum and election ports, 2888 and 3888, move along.
  --data DIRECTORY    where configuration, data and logs are kept (.zebu)
  --clean             start without the data of earlier runs
`;

export function parseOptions(args: readonly string[]): ParsedOptions {
  let values: ReturnType<typeof readFlags>;
  try {
    values = readFlags(args);
  } catch (error) {
    return { type: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
  if (values.help === true) return { type: 'help' };
  const serverCount = wholeNumber(values.servers ?? String(DEFAULT_SERVER_COUNT), 1, MAX_SERVER_COUNT);
  if (serverCount === undefined) return wrong(`--servers takes a number from 1 to ${MAX_SERVER_COUNT}`);
  // The highest port of all is an election port, 1707 above its client port.
  const highestPort = 65_535 - ELECTION_PORT_DISTANCE - serverCount + 1;
  const firstClientPort = wholeNumber(values['client-port'] ?? String(DEFAULT_CLIENT_PORT), 1024, highestPort);
  if (firstClientPort === undefined) return wrong(`--client-port takes a number from 1024 to ${highestPort}`);
  return {
    type: 'run',
    options: { serverCount, firstClientPort, dataDirectory: values.data ?? '.zebu', clean: values.clean === true },
  };
}

/** From a client port to the ports for other servers: 2181 goes with 2888 and 3888. */
export const QUORUM_PORT_DISTANCE = 2888 - DEFAULT_CLIENT_PORT;
export const ELECTION_PORT_DISTANCE = 3888 - DEFAULT_CLIENT_PORT;

const readFlags = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: {
      servers: { type: 'string' },
      'client-port': { type: 'string' },
      data: { type: 'string' },
      clean: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;

const wrong = (problem: string): ParsedOptions => ({ type: 'wrong', problem });

function wholeNumber(text: string, minimum: number, maximum: number): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && number >= minimum && number <= maximum ? number : undefined;
}
