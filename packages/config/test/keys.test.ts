// The table of keys against an independent list: a zoo.cfg that names every key of ZooKeeper 3.9.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, KEY_TABLE, loadServerConfig, parseProperties, parseZooCfg } from '../src/index.ts';

const everyKey = readFileSync(new URL('every-key.cfg', import.meta.url), 'utf8');
const lines = parseProperties(everyKey);
const ensembleKey = /^(server|group|weight)\./;
const settingLines = lines.filter(({ key }) => !ensembleKey.test(key));

describe('every key of ZooKeeper 3.9', () => {
  it.each(settingLines.map(({ key, value }) => [key, value] as const))('%s=%s is read', (key, value) => {
    const { settings, warnings } = parseZooCfg(`${key}=${value}`);
    expect(settings.properties().size).toBe(1);
    expect(warnings.join()).not.toContain('unknown key');
  });

  it('is in the table, and the table has no other but ours', () => {
    // And those that ZooKeeper takes as properties of the JVM.
    const ours = [
      'SASLAuthenticationProvider.superPassword',
      'clusterName',
      'dynamicConfigFile',
      'java.security.auth.login.config',
      'letAnySaslUserDoX',
      'sasl.serverconfig',
    ];
    const listed = new Set(settingLines.map(({ key }) => key));
    const names = KEY_TABLE.flatMap((row) => [row.key, ...(row.aliases ?? [])]);
    expect(names.filter((name) => !listed.has(name)).sort()).toEqual(ours);
    expect(new Set(names).size).toBe(names.length);
  });

  it('loads in one file, unchanged', () => {
    const files: Record<string, string> = { 'zoo.cfg': everyKey, '/var/lib/zookeeper/myid': '2\n' };
    const config = loadServerConfig('zoo.cfg', { readText: (path) => files[path] });
    expect(config).toMatchObject({ standalone: false, serverId: 2, clients: { address: { port: 2181 } } });
    expect(config.properties.get('snapCount')).toBe('100000');
  });
});

describe('a value that its key does not take', () => {
  const samples = settingLines.flatMap(({ key }) => {
    const row = KEY_TABLE.find((candidate) => candidate.key === key);
    if (row === undefined || /^text$|^a list/.test(row.rule.expects)) return [];
    return [[key, row.rule.expects === 'text that is not empty' ? '' : '?'] as const];
  });

  it('is tried for most keys', () => {
    expect(samples.length).toBeGreaterThan(150);
  });

  it.each(samples)('%s=%s is refused with line, key, value and remedy', (key, value) => {
    const attempt = () => parseZooCfg(`# comment\n${key}=${value}`, 'zoo.cfg');
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(`zoo.cfg:2: ${key}=${value}: is not `);
    expect(attempt).toThrow(/; write /);
  });

  it.each([
    ['tickTime', '0'],
    ['tickTime', '2000ms'],
    ['tickTime', '2e3'],
    ['clientPort', '65536'],
    ['electionAlg', '1'],
    ['leaderServes', 'maybe'],
    ['jute.maxbuffer', '99999999999'],
    ['autopurge.purgeInterval', '1w'],
  ])('%s=%s is refused', (key, value) => {
    expect(() => parseZooCfg(`${key}=${value}`)).toThrow(ConfigError);
  });

  it('is not printed when it is a secret', () => {
    const secrets = KEY_TABLE.filter((row) => row.secret === true).map((row) => row.key);
    expect(secrets).toContain('ssl.keyStore.password');
    const { settings } = parseZooCfg('ssl.keyStore.password=hunter2');
    expect(settings.error('ssl.keyStore.password', 'is wrong', 'correct it').message).not.toContain('hunter2');
  });
});

describe('what an operator hears once', () => {
  const warningsOf = (text: string) => parseZooCfg(text, 'zoo.cfg').warnings;

  it('nothing about a key that acts, or that is at its default', () => {
    expect(warningsOf('tickTime=2000\nenforceQuota=false')).toEqual([]);
  });

  it('that a key only means something to a JVM', () => {
    expect(warningsOf('jvm.pause.monitor=true')).toEqual([
      'zoo.cfg:1: jvm.pause.monitor only means something to a JVM: it is ignored',
    ]);
  });

  it('that a key does nothing in this release', () => {
    expect(warningsOf('audit.enable=true\nadmin.serverPort=8081')).toEqual([
      'zoo.cfg:1: audit.enable is read, but does nothing in this release',
      'zoo.cfg:2: admin.serverPort is read, but does nothing in this release',
    ]);
  });

  it.each([
    ['mystery=1', 'unknown key mystery is kept as a property and does nothing'],
    ['ticktime=1', 'unknown key ticktime is kept as a property and does nothing; write tickTime if that is meant'],
    [
      'zookeeper.snapCount=1',
      'unknown key zookeeper.snapCount is kept as a property and does nothing; write snapCount if that is meant',
    ],
  ])('%s: %s', (text, warning) => {
    expect(warningsOf(text)).toEqual([`zoo.cfg:1: ${warning}`]);
  });

  it('that a key is set twice, also under its other name; the last counts', () => {
    const parsed = parseZooCfg('tickTime=1000\ntickTime=2000\nconnectionMaxTokens=0\nconnection_throttle_tokens=0');
    expect(parsed.settings.number('tickTime')).toBe(2000);
    expect(parsed.warnings).toEqual([
      'tickTime is set again (first on line 1): the last value counts',
      'connectionMaxTokens is set again (first on line 3): the last value counts',
    ]);
  });

  it('keeps unknown keys as properties', () => {
    expect(parseZooCfg('mystery=1').settings.properties().get('mystery')).toBe('1');
  });
});
