// Makes the directories, configuration and myid of each server; throws away what --clean asks for, and nothing else.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_MARK, type ServerLayout, zooCfg } from './layout.ts';

export function prepareDirectories(servers: readonly ServerLayout[], options: { readonly clean: boolean }): void {
  for (const server of servers) {
    if (options.clean) removeOwn(server);
    mkdirSync(server.dataDirectory, { recursive: true });
    writeFileSync(server.configFile, zooCfg(server, servers));
    writeFileSync(join(server.dataDirectory, 'myid'), `${server.id}\n`);
  }
}

/** Throws rather than delete a directory that `pnpm start` did not make. */
function removeOwn(server: ServerLayout): void {
  if (!existsSync(server.directory)) return;
  if (!existsSync(server.configFile) || !readFileSync(server.configFile, 'utf8').startsWith(CONFIG_MARK)) {
    throw new Error(`${server.directory} was not made by pnpm start; remove it yourself, or choose another --data`);
  }
  rmSync(server.directory, { recursive: true });
}

/** The process of an earlier run that has not ended. */
export function survivorOf(server: ServerLayout): number | undefined {
  if (!existsSync(server.pidFile)) return undefined;
  const pid = Number(readFileSync(server.pidFile, 'utf8'));
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
