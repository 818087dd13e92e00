import { configFromArguments } from '@zebu/config';
import { describe, expect, it } from 'vitest';
import { containerMyId, containerPaths, containerZooCfg, type Environment } from '../src/container-config.ts';

/** What a server makes of the files that the container makes of an environment. */
function configOf(environment: Environment) {
  const { configFile, myIdFile } = containerPaths(environment);
  const files: Record<string, string> = {
    [configFile]: containerZooCfg(environment),
    [myIdFile]: containerMyId(environment),
  };
  return configFromArguments([configFile], { readText: (path) => files[path] });
}

describe('the environment of the official image', () => {
  it('empty: standalone on 2181, with the directories and times of that image', () => {
    expect(configOf({})).toMatchObject({
      file: '/conf/zoo.cfg',
      standalone: true,
      clients: { address: { host: '0.0.0.0', port: 2181 }, maxConnectionsPerAddress: 60 },
      storage: { dataDir: '/data', dataLogDir: '/datalog', snapRetainCount: 3 },
      ticks: { tickTimeMs: 2000, initLimit: 5, syncLimit: 2 },
      warnings: ['only one server is listed: running standalone'],
    });
  });

  it('an ensemble', () => {
    const config = configOf({
      ZOO_MY_ID: '2',
      ZOO_SERVERS:
        'server.1=zoo1:2888:3888;2181 server.2=zoo2:2888:3888;2181  server.3=zoo3:2888:3888;2181\nserver.4=zoo4:2888:3888:observer;2181',
    });
    expect(config).toMatchObject({ standalone: false, serverId: 2, warnings: [] });
    expect([...config.ensemble.servers.keys()]).toEqual([1, 2, 3, 4]);
  });

  it('every variable', () => {
    const config = configOf({
      ZOO_CONF_DIR: '/etc/zebu',
      ZOO_DATA_DIR: '/d',
      ZOO_DATA_LOG_DIR: '/l',
      ZOO_TICK_TIME: '1000',
      ZOO_INIT_LIMIT: '7',
      ZOO_SYNC_LIMIT: '3',
      ZOO_AUTOPURGE_SNAPRETAINCOUNT: '5',
      ZOO_AUTOPURGE_PURGEINTERVAL: '1',
      ZOO_MAX_CLIENT_CNXNS: '0',
      ZOO_STANDALONE_ENABLED: 'false',
      ZOO_ADMINSERVER_ENABLED: 'false',
      ZOO_4LW_COMMANDS_WHITELIST: 'srvr, mntr',
      ZOO_CFG_EXTRA: 'snapCount=5000 clusterName=blue',
      ZOO_MY_ID: '1',
      JVMFLAGS: '-Xmx1g -Dzookeeper.commitLogCount=50 -Djute.maxbuffer=4194304 -Dreadonlymode.enabled=true -Dfoo=bar',
    });
    expect(config).toMatchObject({
      file: '/etc/zebu/zoo.cfg',
      standalone: false,
      clusterName: 'blue',
      readOnlyMode: true,
      ticks: { tickTimeMs: 1000, initLimit: 7, syncLimit: 3 },
      storage: { dataDir: '/d', dataLogDir: '/l', snapRetainCount: 5, snapCount: 5000, commitLogCount: 50 },
      clients: {
        maxConnectionsPerAddress: 0,
        maxFrameBytes: 4194304,
        fourLetterWords: new Set(['srvr', 'mntr', 'isro']),
      },
    });
  });

  it('what the JVM was told: the login file, a value with an equals sign or a backslash', () => {
    const { properties } = configOf({
      SERVER_JVMFLAGS: '-Djava.security.auth.login.config=/conf/jaas.conf -Dzookeeper.ssl.trustStore.password=a\\nb=c',
      JVMFLAGS: '-Dzookeeper.DigestAuthenticationProvider.superDigest=super:hash=',
    });
    expect(properties.get('java.security.auth.login.config')).toBe('/conf/jaas.conf');
    expect(properties.get('ssl.trustStore.password')).toBe('a\\nb=c');
    expect(properties.get('DigestAuthenticationProvider.superDigest')).toBe('super:hash=');
  });

  it('an empty variable is an absent one', () => {
    expect(containerZooCfg({ ZOO_TICK_TIME: '', ZOO_SERVERS: '' })).toBe(containerZooCfg({}));
    expect(containerMyId({ ZOO_MY_ID: '' })).toBe('1\n');
  });
});
