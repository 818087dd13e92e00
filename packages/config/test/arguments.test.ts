import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArgumentsError, ConfigError, configFromArguments, isConfigurationProblem } from '../src/index.ts';

describe('the arguments of a server', () => {
  it('none: standalone on 127.0.0.1:2181 with its data in ./zebu-data', () => {
    expect(configFromArguments([])).toMatchObject({
      standalone: true,
      file: undefined,
      clients: { address: { host: '127.0.0.1', port: 2181 }, maxConnectionsPerAddress: 60 },
      storage: { dataDir: resolve('zebu-data'), dataLogDir: resolve('zebu-data') },
      ticks: { tickTimeMs: 3000 },
    });
  });

  it('a file', () => {
    const files = { readText: (path: string) => (path === 'zoo.cfg' ? 'clientPort=1\ndataDir=/data' : undefined) };
    expect(configFromArguments(['zoo.cfg'], files)).toMatchObject({ file: 'zoo.cfg', storage: { dataDir: '/data' } });
    expect(() => configFromArguments(['other.cfg'], files)).toThrow(ConfigError);
  });

  it('port and data directory, as ZooKeeperServerMain: on every address, without a limit of connections', () => {
    expect(configFromArguments(['2182', '/data with\\strange=name'])).toMatchObject({
      standalone: true,
      clients: { address: { host: '0.0.0.0', port: 2182 }, maxConnectionsPerAddress: 0 },
      storage: { dataDir: '/data with\\strange=name' },
      ticks: { tickTimeMs: 3000 },
    });
  });

  it('tick time and maximum of connections behind them', () => {
    expect(configFromArguments(['2182', 'data', '500', '7'])).toMatchObject({
      clients: { maxConnectionsPerAddress: 7 },
      ticks: { tickTimeMs: 500 },
      sessions: { minimumTimeoutMs: 1000, maximumTimeoutMs: 10000 },
    });
  });

  it.each([
    [['x', 'data'], 'port "x" is not a whole number from 1 to 65535'],
    [['0', 'data'], 'port "0"'],
    [['2181', 'data', 'soon'], 'ticktime "soon"'],
    [['2181', 'data', '2000', '-1'], 'maxcnxns "-1"'],
    [['2181', 'data', '2000', '60', 'more'], '5 arguments are too many'],
  ])('%j: %s', (args, problem) => {
    const attempt = () => configFromArguments(args);
    expect(attempt).toThrow(ArgumentsError);
    expect(attempt).toThrow(problem);
  });

  it('tell a configuration problem from a bug', () => {
    expect(isConfigurationProblem(new ArgumentsError('x'))).toBe(true);
    expect(isConfigurationProblem(new ConfigError({ problem: 'x', remedy: 'y' }))).toBe(true);
    expect(isConfigurationProblem(new TypeError('x'))).toBe(false);
  });
});
