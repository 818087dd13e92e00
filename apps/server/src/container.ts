#!/usr/bin/env node
// The entry point of the container: makes what is missing of zoo.cfg and myid from the environment, then becomes the server.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { containerMyId, containerPaths, containerZooCfg } from './container-config.ts';
import { EXIT_CODE } from './exit-code.ts';
import { start } from './start.ts';

/** What is mounted, or was made by an earlier start, is never overwritten. */
function writeIfMissing(file: string, text: string): void {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  // Passwords may be among the properties.
  writeFileSync(file, text, { mode: 0o600 });
}

/** Exit code 0 when everything is there. */
function prepare(file: string, text: string, codeOnFailure: number): number {
  try {
    writeIfMissing(file, text);
    return EXIT_CODE.finished;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `cannot make ${file}: ${reason}; mount a directory that user ${process.getuid?.()} may write to\n`,
    );
    return codeOnFailure;
  }
}

const args = process.argv.slice(2);
// `zkServer.sh start-foreground` is the official image's command; some compose files spell it out.
if (args.length > 0 && args[0] !== 'zkServer.sh') {
  await start(args);
} else {
  const { configFile, myIdFile } = containerPaths(process.env);
  process.exitCode =
    prepare(configFile, containerZooCfg(process.env), EXIT_CODE.invalidInvocation) ||
    prepare(myIdFile, containerMyId(process.env), EXIT_CODE.dataDirectoryNotAccessible);
  if (process.exitCode === EXIT_CODE.finished) await start([configFile]);
}
