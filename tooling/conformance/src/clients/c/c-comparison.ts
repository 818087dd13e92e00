// The C program beside this file, compiled against libzookeeper-mt.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApacheRelease } from '../../servers/apache-jars.ts';
import type { Deployment } from '../../servers/deployment.ts';
import { isInstalled, run } from '../../servers/run.ts';
import { compareOnBoth } from '../both-deployments.ts';
import type { ClientPart, ClientRow } from '../client-part.ts';
import { readTranscript, type Transcript } from '../transcript.ts';

const SOURCES = fileURLToPath(new URL('../../../src/clients/c/', import.meta.url));
const LIBRARY_HEADER = '<zookeeper/zookeeper.h>';

export async function prepareC(release: ApacheRelease): Promise<ClientPart | string> {
  if (!(await isInstalled('gcc', '--version'))) return 'gcc is not installed';
  const hasHeader = await run('gcc', ['-E', '-'], { input: `#include ${LIBRARY_HEADER}\n` });
  if (hasHeader.code !== 0) return 'the Debian package libzookeeper-mt-dev is not installed';
  return {
    async compare(): Promise<readonly ClientRow[]> {
      const directory = mkdtempSync(join(tmpdir(), 'zebu-c-client-'));
      try {
        const program = await compile(directory);
        return await compareOnBoth(release, (deployment) => play(program, deployment));
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}

async function compile(directory: string): Promise<string> {
  const program = join(directory, 'client');
  const sources = ['client.c', 'transcript.c'].map((file) => join(SOURCES, file));
  // THREADED makes the header declare the calls that wait.
  const options = ['-std=gnu11', '-Wall', '-Wextra', '-DTHREADED', '-o', program];
  const { code, output } = await run('gcc', [...options, ...sources, '-lzookeeper_mt', '-lpthread']);
  if (code !== 0) throw new Error(`gcc failed:\n${output}`);
  return program;
}

async function play(program: string, { ports }: Deployment): Promise<Transcript> {
  const servers = ports.slice(0, 2).map((port) => `127.0.0.1:${port}`);
  const { code, output } = await run(program, servers, { limitMs: 120_000 });
  // A program that ended early says so in its last section, which then differs.
  return readTranscript(`${output}\n# exit code\n${code}\n`);
}
