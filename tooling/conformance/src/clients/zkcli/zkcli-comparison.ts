// ZooKeeper's own command line, as zkCli.sh starts it, playing the scripts beside this file.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { basename, join } from 'node:path';
import type { ApacheRelease } from '../../servers/apache-jars.ts';
import type { Deployment } from '../../servers/deployment.ts';
import { run } from '../../servers/run.ts';
import { compareOnBoth } from '../both-deployments.ts';
import type { ClientPart } from '../client-part.ts';
import type { Transcript } from '../transcript.ts';
import { normalizeOutput } from './normalize-output.ts';

const SCRIPTS = fileURLToPath(new URL('../../../src/clients/zkcli/scripts/', import.meta.url));
/** Part of ZooKeeper's distribution, and no dependency of its jar. */
const COMMAND_LINE_PARSER = '/usr/share/java/commons-cli.jar';

export function prepareZkCli(release: ApacheRelease): ClientPart | string {
  if (!existsSync(COMMAND_LINE_PARSER)) return 'the Debian package libcommons-cli-java is not installed';
  return { compare: () => compareOnBoth(release, (deployment) => playScripts(release, deployment)) };
}

async function playScripts(release: ApacheRelease, deployment: Deployment): Promise<Transcript> {
  const sections = new Map<string, readonly string[]>();
  for (const file of readdirSync(SCRIPTS).sort()) {
    const script = readFileSync(join(SCRIPTS, file), 'utf8').replaceAll(
      /\{server(\d)\}/g,
      (_, id) => `127.0.0.1:${deployment.ports[id - 1]}`,
    );
    sections.set(basename(file, '.txt'), normalizeOutput(await play(release, deployment, script)));
  }
  return sections;
}

async function play({ classPath }: ApacheRelease, deployment: Deployment, script: string): Promise<string> {
  const options = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8'];
  const java = ['java', ...options, '-cp', `${classPath}:${COMMAND_LINE_PARSER}`, 'org.apache.zookeeper.ZooKeeperMain'];
  const address = `127.0.0.1:${deployment.ports[0]}`;
  // One pipe for both streams keeps the order in which they were written.
  const merged = ['-c', 'exec "$@" 2>&1', 'zkcli', ...java, '-waitforconnection', '-server', address];
  const { output } = await run('sh', merged, { input: script, limitMs: 120_000 });
  return output;
}
