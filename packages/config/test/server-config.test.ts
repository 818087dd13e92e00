import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadServerConfig, type ServerConfig } from '../src/index.ts';

const THREE = `
tickTime=2000
initLimit=10
syncLimit=5
dataDir=/data
server.1=zoo1:2888:3888;2181
server.2=zoo2:2888:3888;2181
server.3=zoo3:2888:3888;2181
`;

function load(zooCfg: string, others: Record<string, string> = { '/data/myid': '1' }): ServerConfig {
  const files: Record<string, string> = { '/etc/zoo.cfg': zooCfg, ...others };
  return loadServerConfig('/etc/zoo.cfg', { readText: (path) => files[path] });
}

const refusal = (zooCfg: string, others?: Record<string, string>): string => {
  try {
    load(zooCfg, others);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was taken');
};

describe('a replicated server', () => {
  it('is one of the listed servers, by its myid', () => {
    const config = load(THREE, { '/data/myid': '2\n' });
    expect(config).toMatchObject({ standalone: false, serverId: 2, file: '/etc/zoo.cfg' });
    expect([...config.ensemble.servers.keys()]).toEqual([1, 2, 3]);
    expect(config.clients.address).toEqual({ host: '0.0.0.0', port: 2181 });
    expect(config.warnings).toEqual([]);
  });

  it('has the defaults of ZooKeeper, in units', () => {
    const config = load('initLimit=10\nsyncLimit=5\ndataDir=/data\nserver.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2');
    expect(config.ticks).toEqual({ tickTimeMs: 3000, initLimit: 10, syncLimit: 5 });
    expect(config.sessions).toEqual({ minimumTimeoutMs: 6000, maximumTimeoutMs: 60000 });
    expect(config.clients).toEqual({
      address: undefined,
      secureAddress: undefined,
      portUnification: false,
      tls: undefined,
      maxOutstandingHandshakes: Number.POSITIVE_INFINITY,
      maxConnectionsPerAddress: 60,
      maxConnections: 0,
      listenBacklog: undefined,
      maxFrameBytes: 1048575,
      globalOutstandingLimit: 1000,
      largeRequestThresholdBytes: undefined,
      largeRequestMaxBytes: 104_857_600,
      throttle: {
        maxRequestCount: 0,
        stallTimeMs: 100,
        dropStale: true,
        staleLatencyCheck: false,
        staleConnectionCheck: true,
        throttledOpWaitTimeMs: undefined,
      },
      sessionlessTimeoutMs: 10000,
      tcpKeepAlive: false,
      fourLetterWords: new Set(['srvr']),
    });
    expect(config.storage).toEqual({
      dataDir: '/data',
      dataLogDir: '/data',
      preAllocSizeBytes: 64 * 1024 * 1024,
      snapCount: 100000,
      snapSizeLimitBytes: 4 * 1024 ** 3,
      txnLogSizeLimitBytes: undefined,
      syncWarningThresholdMs: 1000,
      commitLogCount: 500,
      forceSync: true,
      dbAutocreate: true,
      dataDirAutocreate: true,
      trustEmptySnapshot: false,
      snapshotSizeFactor: 0.33,
      forceSnapshotSync: false,
      snapRetainCount: 3,
    });
    expect(config.election).toEqual({
      module: undefined,
      minimumNotificationIntervalMs: 200,
      maximumNotificationIntervalMs: 60000,
      connectTimeoutMs: 5000,
      helloTimeoutMs: config.ticks.syncLimit * config.ticks.tickTimeMs,
      tcpKeepAlive: true,
      reachabilityTimeoutMs: 1000,
      maxListenTries: 3,
      listenOnAllAddresses: false,
    });
    expect(config).toMatchObject({
      leaderServes: true,
      readOnlyMode: false,
      clusterName: undefined,
      messageTracker: undefined,
    });
    expect(config.lastCounter).toBe(0xffff_ffff);
    expect(config.warnings).toEqual(['no client port is configured: this server serves no clients']);
  });

  it('takes every key that acts', () => {
    const config = load(`${THREE}
      dataLogDir=/log
      clientPortAddress=0.0.0.0
      clientPort=2181
      minSessionTimeout=1000
      maxSessionTimeout=0x1000
      maxClientCnxns=0
      maxCnxns=500
      clientPortListenBacklog=128
      jute.maxbuffer=4194304
      globalOutstandingLimit=50
      largeRequestThreshold=1000
      largeRequestMaxBytes=5000
      requestThrottleLimit=7
      requestThrottleStallTime=8
      requestThrottleDropStale=false
      requestStaleLatencyCheck=true
      requestStaleConnectionCheck=false
      throttledOpWaitTime=9
      nio.sessionlessCnxnTimeout=2000
      clientTcpKeepAlive=true
      preAllocSize=64
      snapCount=1000
      snapSizeLimitInKb=-1
      txnLogSizeLimitInKb=3
      fsync.warningthresholdms=20
      snapshotSizeFactor=0.5
      forceSnapshotSync=true
      commitLogCount=10
      forceSync=no
      leaderServes=no
      testingonly.initialZxid=4294967195
      readonlymode.enabled=true
      messageTracker.Enabled=true
      messageTracker.BufferSize=5
      localSessionsEnabled=true
      db.autocreate=false
      datadir.autocreate=FALSE
      snapshot.trust.empty=true
      autopurge.snapRetainCount=5
      autopurge.purgeInterval=30m
      fastleader.minNotificationInterval=10
      fastleader.maxNotificationInterval=20
      cnxTimeout=100
      quorumCnxnTimeoutMs=300
      tcpKeepAlive=false
      electionPortBindRetry=0
      multiAddress.reachabilityCheckEnabled=false
      quorumListenOnAllIPs=true
      observerMasterPort=2191
      observer.syncEnabled=false
      observer.election.DelayMs=11
      observer.reconnectDelayMs=12
      connectToLearnerMasterLimit=3
      leaderConnectDelayDuringRetryMs=13
      leader.maxTimeToWaitForEpoch=14
      leader.maxConcurrentSnapSyncs=15
      leader.maxConcurrentDiffSyncs=16
      clusterName=blue
      4lw.commands.whitelist = ruok, mntr,,stat
    `);
    expect(config).toMatchObject({
      leaderServes: false,
      lastCounter: 100,
      readOnlyMode: true,
      messageTracker: { bufferSize: 5 },
      clusterName: 'blue',
      sessions: { minimumTimeoutMs: 1000, maximumTimeoutMs: 4096 },
      clients: {
        maxConnectionsPerAddress: 0,
        maxConnections: 500,
        listenBacklog: 128,
        maxFrameBytes: 4194304,
        globalOutstandingLimit: 50,
        largeRequestThresholdBytes: 1000,
        largeRequestMaxBytes: 5000,
        throttle: {
          maxRequestCount: 7,
          stallTimeMs: 8,
          dropStale: false,
          staleLatencyCheck: true,
          staleConnectionCheck: false,
          throttledOpWaitTimeMs: 9,
        },
        sessionlessTimeoutMs: 2000,
        tcpKeepAlive: true,
        fourLetterWords: new Set(['ruok', 'mntr', 'stat', 'srvr', 'isro']),
      },
      storage: {
        dataLogDir: '/log',
        preAllocSizeBytes: 65536,
        snapCount: 1000,
        snapSizeLimitBytes: undefined,
        txnLogSizeLimitBytes: 3072,
        syncWarningThresholdMs: 20,
        commitLogCount: 10,
        forceSync: false,
        dbAutocreate: false,
        dataDirAutocreate: false,
        trustEmptySnapshot: true,
        snapshotSizeFactor: 0.5,
        forceSnapshotSync: true,
        snapRetainCount: 5,
      },
      election: {
        minimumNotificationIntervalMs: 10,
        maximumNotificationIntervalMs: 20,
        connectTimeoutMs: 100,
        helloTimeoutMs: 300,
        tcpKeepAlive: false,
        reachabilityTimeoutMs: undefined,
        maxListenTries: Number.POSITIVE_INFINITY,
        listenOnAllAddresses: true,
      },
      observers: { masterPort: 2191, keepsLog: false, electionDelayMs: 11, reconnectDelayMs: 12 },
      learners: {
        connectLimit: 3,
        connectRetryDelayMs: 13,
        waitForVotersMs: 14,
        syncLimits: { snapshots: 15, diffs: 16 },
      },
    });
    expect(config.warnings).toEqual(['forceSync=no: a power failure may lose acknowledged writes']);
  });

  it('hands an election module its own options as text, whatever they are called', () => {
    const config = load(`${THREE}
      clientPort=2181
      electionModule=@acme/election
      electionModule.priority.1=  high
      electionModule.quick=
    `);
    const options = new Map([
      ['priority.1', 'high'],
      ['quick', ''],
    ]);
    expect(config.election.module).toEqual({ name: '@acme/election', options });
    expect(config.warnings).toEqual([]);
  });

  it.each([
    ['electionModule.quick=1', 'electionModule.* without electionModule does nothing'],
    [
      'electionModule=x\nfastleader.minNotificationInterval=9',
      'fastleader.* does nothing beside electionModule, which has options of its own',
    ],
  ])('says that %s is in vain', (lines, warning) => {
    expect(load(`${THREE}clientPort=2181\n${lines}`).warnings).toEqual([warning]);
  });

  it('says that a standalone server elects nobody', () => {
    const { warnings } = load('dataDir=/data\nclientPort=2181\nelectionModule=x\n');
    expect(warnings).toEqual(['electionModule does nothing on a standalone server, which elects nobody']);
  });

  it('keeps every snapshot when the purge is off', () => {
    expect(load(`${THREE}autopurge.purgeInterval=0`).storage.snapRetainCount).toBeUndefined();
  });

  it('is frozen', () => {
    const config = load(THREE);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.clients)).toBe(true);
    expect(Object.isFrozen(config.storage)).toBe(true);
    expect(Object.isFrozen(config.warnings)).toBe(true);
  });

  it.each(['initLimit', 'syncLimit'])('needs %s', (key) => {
    expect(refusal(THREE.replace(new RegExp(`${key}=.*`), ''))).toMatch(
      new RegExp(`^/etc/zoo.cfg: ${key}: is missing, and servers are listed; add ${key}=\\d+`),
    );
  });

  it('needs a myid', () => {
    expect(refusal(THREE, {})).toBe(
      "/data/myid: myid file is missing; write this server's number (one of 1, 2, 3) into it: echo N > /data/myid",
    );
  });

  it.each(['', 'one', '1.5', '-1', '0x1'])('needs a myid that is a number, not %j', (text) => {
    expect(refusal(THREE, { '/data/myid': `${text}\n2` })).toBe(
      `/data/myid:1: serverid "${text}" is not a number; write one of 1, 2, 3 into it`,
    );
  });

  it('needs a myid of the list', () => {
    expect(refusal(THREE, { '/data/myid': '4' })).toBe(
      '/data/myid:1: server 4 is not among the configured servers (1, 2, 3); ' +
        'correct myid, or add a server.4 line on every server; a server that reconfig removed is added as a new one',
    );
  });

  it('takes a myid with space around it, and only its first line', () => {
    expect(load(THREE, { '/data/myid': ' 3 \r\nremark' }).serverId).toBe(3);
  });

  it('refuses a clientPort that contradicts its server line', () => {
    expect(refusal(`${THREE}clientPort=2182`)).toMatch(
      /zoo\.cfg:9: clientPort=2182: gives 0\.0\.0\.0:2182, but the line of server\.1 gives 0\.0\.0\.0:2181; keep one/,
    );
    expect(refusal(`${THREE}clientPort=2181\nclientPortAddress=10.0.0.1`)).toContain('keep one of the two');
  });

  it('takes the address of the server line when clientPort speaks of every address', () => {
    const text = THREE.replace('zoo1:2888:3888;2181', 'zoo1:2888:3888;10.0.0.1:2181');
    expect(load(`${text}clientPort=2181`).clients.address).toEqual({ host: '10.0.0.1', port: 2181 });
  });

  it('takes an IPv6 clientPortAddress, with and without brackets', () => {
    const text = THREE.replaceAll(';2181', '');
    for (const address of ['::1', '[::1]']) {
      expect(load(`${text}clientPort=2181\nclientPortAddress=${address}`).clients.address).toEqual({
        host: '::1',
        port: 2181,
      });
    }
  });

  it('may be the only participant when standaloneEnabled=false, also with observers', () => {
    const one = 'dataDir=/data\ninitLimit=1\nsyncLimit=1\nstandaloneEnabled=false\nserver.1=a:1:2;2181\n';
    expect(load(one).standalone).toBe(false);
    expect(load(`${one}server.2=b:1:2:observer`).ensemble.servers.get(2 as never)?.role).toBe('observer');
  });

  it.each([
    [
      'an oracle',
      'server.1=a:1:2;1\nserver.2=b:1:2\noraclePath=/oracle',
      'with oraclePath safety rests on the oracle: while it lets both servers go on alone, or one that lacks what the other acknowledged, writes are lost',
    ],
    [
      'an oracle of three',
      'server.1=a:1:2;1\nserver.2=b:1:2\nserver.3=c:1:2\noraclePath=/oracle',
      'oraclePath does nothing where there are not two participants of equal votes',
    ],
    ['two participants', 'server.1=a:1:2;1\nserver.2=b:1:2', 'no server failure is tolerated with 2 participants'],
    [
      'an even number of participants',
      'server.1=a:1:2;1\nserver.2=b:1:2\nserver.3=c:1:2\nserver.4=d:1:2',
      '4 participants tolerate no more failures than 3',
    ],
    ['another peerType', `${THREE.slice(THREE.indexOf('server.1'))}peerType=observer`, 'the server line counts'],
    [
      'read-only mode without local sessions',
      `${THREE.slice(THREE.indexOf('server.1'))}readonlymode.enabled=true`,
      'takes no new session',
    ],
    ['few snapshots', `${THREE.slice(THREE.indexOf('server.1'))}autopurge.snapRetainCount=1`, '3 are kept'],
  ])('hears about %s', (_name, text, warning) => {
    const { warnings } = load(`initLimit=10\nsyncLimit=5\ndataDir=/data\n${text}`);
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });
});

describe('a standalone server', () => {
  const ONE = 'dataDir=/data\nclientPort=2181\n';

  it('needs no myid and no limits, and creates sessions as server 1', () => {
    const config = load(ONE, {});
    expect(config).toMatchObject({ standalone: true, serverId: 1, ticks: { initLimit: 0, syncLimit: 0 } });
    expect(config.ensemble.servers.size).toBe(0);
    expect(config.warnings).toEqual([]);
  });

  it('may be listed, and hears that it is standalone', () => {
    const config = load('dataDir=/data\nserver.1=a:1:2;2181', {});
    expect(config).toMatchObject({ standalone: true, clients: { address: { port: 2181 } } });
    expect(config.warnings).toEqual(['only one server is listed: running standalone']);
  });

  it.each([
    ['clientPort=2181', 'dataDir: is missing; add dataDir='],
    ['dataDir=/data', 'clientPort: is missing; add clientPort=2181'],
    [`${ONE}server.1=a:1:2\nserver.2=b:1:2:observer`, 'observers are listed with only one participant'],
    [`${ONE}server.1=a:1:2:observer`, 'observers are listed with no participant'],
    [`${ONE}standaloneEnabled=false`, 'standaloneEnabled=false: is false, but no participant is listed'],
    [`${ONE}minSessionTimeout=5000\nmaxSessionTimeout=4000`, 'must not be larger than maxSessionTimeout'],
    [`${ONE}minSessionTimeout=0`, 'minSessionTimeout=0: is not a time'],
    [`${ONE}fastleader.minNotificationInterval=70000`, 'the first wait (70000 ms) is longer'],
  ])('%j: %s', (text, problem) => {
    expect(refusal(text)).toContain(problem);
  });
});

describe('several addresses of a server', () => {
  const TEXT = 'dataDir=/data\ninitLimit=10\nsyncLimit=5\nserver.1=a:1:2|b:1:2\nserver.2=c:1:2\nserver.3=d:1:2\n';

  it('are refused unless that is enabled, since all servers must know of them', () => {
    expect(refusal(TEXT)).toContain(
      'multiAddress.enabled: is off, and server.1 has several addresses; add multiAddress.enabled=true',
    );
    expect(
      load(`${TEXT}multiAddress.enabled=true`, { '/data/myid': '1' }).ensemble.servers.get(1 as never),
    ).toMatchObject({
      otherAddresses: [{ quorumAddress: { host: 'b', port: 1 } }],
    });
  });
});

describe('protection that this release does not give', () => {
  it.each(['ssl.quorum.crl', 'ssl.quorum.ocsp'])('%s=true is refused instead of being left out in silence', (key) => {
    expect(refusal(`dataDir=/data\nclientPort=2181\n${key}=true`)).toBe(
      `/etc/zoo.cfg:3: ${key}=true: asks for protection that is not in this release; ` +
        `remove ${key} to run without it, or wait for a release that has it`,
    );
    expect(load(`dataDir=/data\nclientPort=2181\n${key}=false`).standalone).toBe(true);
  });
});

describe('the dynamic configuration file', () => {
  const STATIC =
    'initLimit=10\nsyncLimit=5\ndataDir=/data\nclientPort=2181\ndynamicConfigFile=/etc/zoo.cfg.dynamic.100000003\n';
  const SERVERS = 'server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2';
  const dynamic = (text: string) => ({ '/etc/zoo.cfg.dynamic.100000003': text, '/data/myid': '1' });

  it('holds the servers, and its name the version', () => {
    const { ensemble } = load(STATIC, dynamic(SERVERS));
    expect(ensemble.version).toBe(0x100000003n);
    expect(ensemble.servers.size).toBe(3);
  });

  it('has version 0 when its name ends otherwise', () => {
    const text = STATIC.replace('.100000003', '');
    const others = { '/etc/zoo.cfg.dynamic': SERVERS, '/data/myid': '1' };
    expect(load(text, others).ensemble.version).toBe(0n);
  });

  it('must exist', () => {
    expect(refusal(STATIC)).toBe(
      '/etc/zoo.cfg.dynamic.100000003: file does not exist; correct dynamicConfigFile in /etc/zoo.cfg, or create it',
    );
  });

  it('holds nothing else', () => {
    expect(refusal(STATIC, dynamic('tickTime=1'))).toMatch(/dynamic.100000003:1: tickTime: does not belong/);
    expect(refusal(STATIC, dynamic('version=1'))).toContain('the version is the end of the file name');
  });

  it('leaves no servers in zoo.cfg', () => {
    expect(refusal(`${STATIC}server.1=a:1:2`, dynamic(SERVERS))).toMatch(
      /zoo\.cfg:6: server\.1=a:1:2: stands beside dynamicConfigFile; move/,
    );
  });

  it('is named in errors about its lines', () => {
    expect(refusal(STATIC, dynamic('server.1=a'))).toMatch(/^\/etc\/zoo\.cfg\.dynamic\.100000003:1: server\.1=a: /);
  });
});

describe('files on disk', () => {
  const directory = mkdtempSync(join(tmpdir(), 'zebu-config-'));

  it('are read; relative directories become absolute', () => {
    const file = join(directory, 'zoo.cfg');
    writeFileSync(file, 'dataDir=data\nclientPort=2181\n');
    expect(loadServerConfig(file).storage).toMatchObject({ dataDir: resolve('data'), dataLogDir: resolve('data') });
  });

  it('that are missing or cannot be read are refused', () => {
    const missing = join(directory, 'missing.cfg');
    expect(() => loadServerConfig(missing)).toThrow(`${missing}: file does not exist; check the path`);
    expect(() => loadServerConfig(directory)).toThrow(/cannot be read \(EISDIR.*; make it a file/);
  });
});
