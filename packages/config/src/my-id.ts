// The file `myid` in the data directory: which of the listed servers this one is.

import type { Ensemble, ServerId } from '@zebu/protocol';
import { ConfigError } from './config-error.ts';

export interface MyIdFile {
  readonly file: string;
  /** Undefined when there is no such file. */
  readonly text: string | undefined;
}

export function parseMyId({ file, text }: MyIdFile, ensemble: Ensemble): ServerId {
  const known = [...ensemble.servers.keys()].join(', ');
  if (text === undefined) {
    throw new ConfigError({
      file,
      problem: 'myid file is missing',
      remedy: `write this server's number (one of ${known}) into it: echo N > ${file}`,
    });
  }
  const firstLine = text.split(/\r\n|\r|\n/)[0]?.trim() ?? '';
  if (!/^\d+$/.test(firstLine)) {
    throw new ConfigError({
      file,
      line: 1,
      problem: `serverid "${firstLine}" is not a number`,
      remedy: `write one of ${known} into it`,
    });
  }
  const id = Number(firstLine) as ServerId;
  if (ensemble.servers.has(id)) return id;
  throw new ConfigError({
    file,
    line: 1,
    problem: `server ${firstLine} is not among the configured servers (${known})`,
    remedy: `correct myid, or add a server.${firstLine} line on every server; a server that reconfig removed is added as a new one`,
  });
}
