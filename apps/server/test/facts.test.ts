import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FourLetterWordFacts } from '@zebu/client-port';
import { configFromArguments } from '@zebu/config';
import { parseEnsembleText } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../src/facts.ts';
import { describe as describeServer } from '../src/server-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'zebu-server-'));

function replicated() {
  const files: Record<string, string> = {
    'zoo.cfg': `dataDir=${directory}\nclientPort=2182\ninitLimit=10\nsyncLimit=5\nserver.1=a:2888:3888\nserver.2=b:2889:3889:observer\nserver.3=c:2888:3888`,
    [join(directory, 'myid')]: '2',
  };
  return configFromArguments(['zoo.cfg'], { readText: (path) => files[path] });
}

const factsOfReplicated = (): FourLetterWordFacts => factsOf(replicated(), replicated());

describe('what four-letter words tell of the process', () => {
  it('the sizes of the directories, and nothing before they exist', () => {
    const config = configFromArguments(['2181', directory]);
    const facts = factsOf(config, config);
    expect(facts.configuration).toMatchObject({ serverId: 0 });
    expect(facts.dataDirBytes()).toBe(0);
    mkdirSync(join(directory, 'version-2'));
    writeFileSync(join(directory, 'version-2', 'log.1'), 'x'.repeat(100));
    writeFileSync(join(directory, 'version-2', 'snapshot.0'), 'x'.repeat(11));
    expect([facts.dataDirBytes(), facts.dataLogDirBytes()]).toEqual([111, 111]);
    expect(facts.configuration).toMatchObject({
      clientPort: 2181,
      dataDir: join(directory, 'version-2'),
      clientPortListenBacklog: -1,
    });
  });

  it('the port of this server in the ensemble as it is now', () => {
    const current = { ensemble: replicated().ensemble };
    const facts = factsOf(replicated(), current);
    expect(facts.configuration).toMatchObject({ serverId: 2, clientPort: 2182 });
    current.ensemble = parseEnsembleText('server.2=b:2990:3990;b:2190\nserver.4=d:2888:3888;2181\nversion=10000000b');
    expect(facts.configuration).toMatchObject({ clientPort: 2190 });
    current.ensemble = parseEnsembleText('server.4=d:2888:3888;2181\nversion=10000000c');
    expect(facts.configuration).toMatchObject({ clientPort: 2182 });
  });

  it('the environment: the names of ZooKeeper, in its order, and no variables', () => {
    const entries = factsOfReplicated().environment();
    expect(entries.map(([name]) => name)).toEqual([
      'host.name',
      'java.version',
      'java.vendor',
      'java.home',
      'java.class.path',
      'java.library.path',
      'java.io.tmpdir',
      'java.compiler',
      'os.name',
      'os.arch',
      'os.version',
      'user.name',
      'user.home',
      'user.dir',
      'os.memory.free',
      'os.memory.max',
      'os.memory.total',
    ]);
    expect(entries.every(([, value]) => value.length > 0 && !value.includes('\n'))).toBe(true);
  });

  it('the version in the form that tools parse', () => {
    expect(factsOfReplicated().version).toMatch(/^3\.9\.0-zebu-\d+\.\d+\.\d+, built on Node\.js v/);
  });
});

it('the start-up line says who serves, and where', () => {
  expect(describeServer(configFromArguments([]))).toMatch(
    /^Zebu \S+: standalone server, clients on 127\.0\.0\.1:2181$/,
  );
  expect(describeServer(replicated())).toMatch(/: server 2 of 3, clients on 0\.0\.0\.0:2182$/);
});
