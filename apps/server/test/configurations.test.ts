import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadServerConfig, type ServerConfig } from '@zebu/config';
import type { Logger } from '@zebu/interfaces';
import { parseEnsembleText } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { openConfigurations } from '../src/configurations.ts';

const SERVERS = 'server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n';
const NEWER = parseEnsembleText('server.1=a:2888:3888;2181\nserver.2=b:2888:3888;2181\nversion=1000000ff');

class Warnings implements Logger {
  readonly warnings: string[] = [];
  debug(): void {}
  info(): void {}
  warn(message: string): void {
    this.warnings.push(message);
  }
  error(): void {}
}

function configIn(directory: string, servers: string, more = 'reconfigEnabled=true\n'): ServerConfig {
  const text = `dataDir=${directory}\nclientPort=2181\ninitLimit=10\nsyncLimit=5\n${more}${servers}`;
  writeFileSync(join(directory, 'myid'), '1');
  writeFileSync(join(directory, 'zoo.cfg'), text);
  return loadServerConfig(join(directory, 'zoo.cfg'));
}

const freshDirectory = (): string => mkdtempSync(join(tmpdir(), 'zebu-configurations-'));

describe('the configurations of a server', () => {
  it('begin with what it was started with, and with a copy of a zoo.cfg that lists the servers', async () => {
    const directory = freshDirectory();
    const config = configIn(directory, SERVERS);
    const configurations = await openConfigurations(config, new Warnings());
    expect(configurations.ensemble).toBe(config.ensemble);
    expect(readFileSync(join(directory, 'zoo.cfg.bak'), 'utf8')).toBe(readFileSync(join(directory, 'zoo.cfg'), 'utf8'));
  });

  it('are what was written last, on the disk, too', async () => {
    const directory = freshDirectory();
    const configurations = await openConfigurations(configIn(directory, SERVERS), new Warnings());
    chmodSync(join(directory, 'zoo.cfg'), 0o640);
    await configurations.write(NEWER);
    expect(configurations.ensemble).toBe(NEWER);
    const next = loadServerConfig(join(directory, 'zoo.cfg'));
    expect(next.ensemble).toEqual(NEWER);
    expect(next.properties.get('dynamicConfigFile')).toBe(join(directory, 'zoo.cfg.dynamic.1000000ff'));
    expect(statSync(join(directory, 'zoo.cfg')).mode & 0o777).toBe(0o640);
    // The copy is of the first one.
    await openConfigurations(next, new Warnings());
    expect(readFileSync(join(directory, 'zoo.cfg.bak'), 'utf8')).toContain('server.3=c:2888:3888');
    const files = readdirSync(directory).sort();
    expect(files).toEqual(['myid', 'zoo.cfg', 'zoo.cfg.bak', 'zoo.cfg.dynamic.1000000ff']);
  });

  it('have no copy where the ensemble cannot be changed', async () => {
    const directory = freshDirectory();
    await openConfigurations(configIn(directory, SERVERS, ''), new Warnings());
    expect(readdirSync(directory).sort()).toEqual(['myid', 'zoo.cfg']);
  });

  it('write nothing for a standalone server', async () => {
    const directory = freshDirectory();
    const configurations = await openConfigurations(configIn(directory, ''), new Warnings());
    await configurations.write(NEWER);
    expect(readdirSync(directory).sort()).toEqual(['myid', 'zoo.cfg']);
  });

  it('are known where the disk takes nothing, which is said at start and by the failed write', async () => {
    const directory = freshDirectory();
    const config = configIn(directory, SERVERS);
    const logger = new Warnings();
    const configurations = await openConfigurations({ ...config, file: join(directory, 'gone', 'zoo.cfg') }, logger);
    expect(logger.warnings).toEqual([
      'the directory of the configuration cannot be written to: changes of the ensemble are in the log alone',
    ]);
    await expect(configurations.write(NEWER)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(configurations.ensemble).toBe(NEWER);
  });
});
