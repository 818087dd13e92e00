// The forms in which a server is started: a file, `port dataDir [tickTime [maxClientCnxns]]` as ZooKeeperServerMain, or nothing at all.

import { composeServerConfig } from './compose.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigFiles, loadServerConfig, withAbsolutePaths } from './load.ts';
import type { ServerConfig } from './server-config.ts';
import { integer, port, type ValueRule } from './value-rules.ts';
import { zooCfgOfLines } from './zoo-cfg.ts';

export const USAGE =
  'Usage: zebu-server configfile | port datadir [ticktime [maxcnxns]] | recover --help | reconfig --help';

/** The arguments are none of the forms; USAGE says which there are. */
export class ArgumentsError extends Error {
  override readonly name = 'ArgumentsError';
  readonly code = 'ARGUMENTS';
}

/** Throws ArgumentsError or ConfigError. */
export function configFromArguments(args: readonly string[], files?: ConfigFiles): ServerConfig {
  const [first, second, tickTime, maxClientCnxns] = args;
  if (args.length > 4) throw new ArgumentsError(`${args.length} arguments are too many`);
  if (first === undefined)
    return standaloneConfig({ clientPort: '2181', clientPortAddress: '127.0.0.1', dataDir: 'zebu-data' });
  if (second === undefined) return loadServerConfig(first, files);
  return standaloneConfig({
    clientPort: checked('port', port, first),
    dataDir: second,
    tickTime: checkedOptional('ticktime', integer(1), tickTime),
    // ServerConfig.maxClientCnxns is 0, no limit, in this form, where zoo.cfg's default is 60.
    maxClientCnxns: checkedOptional('maxcnxns', integer(0), maxClientCnxns) ?? '0',
  });
}

interface StandaloneArguments {
  readonly clientPort: string;
  readonly clientPortAddress?: string;
  readonly dataDir: string;
  readonly tickTime?: string | undefined;
  readonly maxClientCnxns?: string;
}

/** Goes through the same door as a file, so that every default and check is the same. */
function standaloneConfig(settings: StandaloneArguments): ServerConfig {
  const lines = Object.entries(settings).flatMap(([key, value]: [string, string | undefined]) =>
    value === undefined ? [] : [{ key, value, line: undefined }],
  );
  return withAbsolutePaths(
    composeServerConfig({ zooCfg: zooCfgOfLines(lines), myId: { file: 'myid', text: undefined } }),
  );
}

function checked(name: string, rule: ValueRule, text: string): string {
  const result = rule.read(text);
  if (result.ok) return text;
  throw new ArgumentsError(`${name} "${text}" ${result.problem}; ${result.remedy}`);
}

const checkedOptional = (name: string, rule: ValueRule, text: string | undefined): string | undefined =>
  text === undefined ? undefined : checked(name, rule, text);

/** Everything that configFromArguments throws on purpose. */
export const isConfigurationProblem = (error: unknown): error is ConfigError | ArgumentsError =>
  error instanceof ConfigError || error instanceof ArgumentsError;
