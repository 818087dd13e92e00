// The answers as Apache ZooKeeper 3.8 and 3.9 print them; the golden texts were taken from running servers.

import type { ManagementBeans, ManagementView } from '@zebu/interfaces';
import type { Epoch, ServerId, SessionId, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { formatAverage, formatDate, formatDouble, formatSocketAddress } from '../src/four-letter-words/java-text.ts';
import { ASKER, ask, BEANS, CONNECTION, connected, FACTS, Words } from './words-fixture.ts';

const MEMBERSHIP = `server.1=127.0.0.1:31281:31381:participant
server.2=127.0.0.1:31282:31382:participant;0.0.0.0:2181
version=100000003`;

/** Of a server with a quorum. */
const IN_QUORUM: Partial<ManagementView> = {
  standalone: false,
  beans: () => ({
    ...BEANS,
    quorum: { name: 'ReplicatedServer_id1', quorumSize: 3, initLimit: 10, syncLimit: 5, digestEnabled: true },
    localPeer: {
      name: 'replica.1',
      quorumAddress: { host: '127.0.0.1', port: 31281 },
      electionAddress: { host: '127.0.0.1', port: 31381 },
      clientAddress: null,
      learnerType: 'participant',
      leader: false,
      startedAt: 0,
      tickTimeMs: 2000,
      minSessionTimeoutMs: 4000,
      maxSessionTimeoutMs: 40_000,
      initLimit: 10,
      syncLimit: 5,
      tick: 0,
      state: 'following',
      zabState: 'BROADCAST',
      electionType: 3,
      configVersion: '100000003',
      quorumSystemInfo: MEMBERSHIP,
      partOfEnsemble: true,
      currentVote: null,
    },
  }),
};

const SRVR = `Zookeeper version: 3.9.0-zebu-0.1.0, built on Node.js v20.20.2
Latency min/avg/max: 2/4.3333/6
Received: 10
Sent: 9
Connections: 2
Outstanding: 0
Zxid: 0x2
Mode: standalone
Node count: 6
`;

describe('a server that serves', () => {
  it('ruok: imok, without a line end', () => {
    expect(ask('ruok')).toBe('imok');
  });

  it('isro: rw, without a line end', () => {
    expect(ask('isro')).toBe('rw');
  });

  it('srvr', () => {
    expect(ask('srvr', connected(CONNECTION))).toBe(SRVR);
  });

  it.each([
    ['FOLLOWING', 'follower'],
    ['OBSERVING', 'observer'],
  ] as const)('srvr of a server that is %s: %s', (state, mode) => {
    const text = ask('srvr', { standalone: false, state, lastZxid: 0x100000005n as Zxid });
    expect(text).toContain(`Zxid: 0x100000005\nMode: ${mode}\nNode count: 6\n`);
    expect(text).not.toContain('Proposal');
  });

  it('srvr of a leader ends with the sizes of proposals', () => {
    const proposalSizes = { last: 48, minimum: 32, maximum: 120 };
    expect(ask('srvr', { standalone: false, state: 'LEADING', proposalSizes })).toMatch(
      /Mode: leader\nNode count: 6\nProposal sizes last\/min\/max: 48\/32\/120\n$/,
    );
  });

  it('stat: srvr with a line for each client behind the version', () => {
    const [version, ...rest] = SRVR.split('\n');
    expect(ask('stat', connected(CONNECTION))).toBe(
      `${version}\nClients:\n /${ASKER}[0](queued=0,recved=1,sent=0)\n /127.0.0.1:46938[1](queued=0,recved=3,sent=3)\n\n${rest.join('\n')}`,
    );
  });

  it('cons: every client with its session', () => {
    const silent = { ...CONNECTION, remoteAddress: '[::1]:5', sessionId: 0n as SessionId };
    expect(ask('cons', connected(silent, CONNECTION))).toBe(
      ` /${ASKER}[0](queued=0,recved=1,sent=0)\n` +
        ' /[0:0:0:0:0:0:0:1]:5[1](queued=0,recved=3,sent=3)\n' +
        ' /127.0.0.1:46938[1](queued=0,recved=3,sent=3,sid=0x100001371f90000,lop=GETD,est=1795392478055,to=10000,' +
        'lcxid=0x2,lzxid=0x2,lresp=1295104,llat=2,minlat=0,avglat=4,maxlat=6)\n\n',
    );
  });

  it('cons: a client that has asked nothing yet', () => {
    const fresh = { ...CONNECTION.activity, lastCxid: -1, lastOperation: 'NA', lastZxid: -1n as Zxid };
    expect(ask('cons', connected({ ...CONNECTION, activity: fresh }))).toContain(
      ',lop=NA,est=1795392478055,to=10000,lzxid=0xffffffffffffffff,',
    );
  });

  it('conf of a standalone server', () => {
    expect(ask('conf')).toBe(`clientPort=31181
secureClientPort=31182
dataDir=/data/version-2
dataDirSize=457
dataLogDir=/log/version-2
dataLogSize=458
tickTime=2000
maxClientCnxns=60
minSessionTimeout=4000
maxSessionTimeout=40000
clientPortListenBacklog=-1
serverId=0
`);
  });

  it('conf of a peer goes on with its quorum, and ends without a line end', () => {
    const text = ask('conf', { ...IN_QUORUM, state: 'FOLLOWING' });
    expect(text.slice(text.indexOf('initLimit'))).toBe(`initLimit=10
syncLimit=5
electionAlg=3
electionPort=31381
quorumPort=31281
peerType=0
membership: 
${MEMBERSHIP}`);
  });

  it('mntr of a standalone server', () => {
    expect(ask('mntr', connected(CONNECTION))).toBe(`zk_version\t3.9.0-zebu-0.1.0, built on Node.js v20.20.2
zk_server_state\tstandalone
zk_avg_latency\t4.3333
zk_max_latency\t6
zk_min_latency\t2
zk_packets_received\t10
zk_packets_sent\t9
zk_num_alive_connections\t2
zk_outstanding_requests\t0
zk_uptime\t20899
zk_znode_count\t6
zk_watch_count\t1
zk_ephemerals_count\t1
zk_approximate_data_size\t47
zk_global_sessions\t1
zk_local_sessions\t0
zk_open_file_descriptor_count\t27
zk_max_file_descriptor_count\t20000
zk_last_client_response_size\t16
zk_max_client_response_size\t131
zk_min_client_response_size\t16
zk_proposal_count\t0
zk_cnt_snapshottime\t1
zk_epoch\t0
zk_last_zxid\t0x2
zk_tree_digest\t5d1e7a
`);
  });

  it('mntr of a leader knows its learners', () => {
    const learners = [
      { sid: 2 as ServerId, role: 'follower', synced: true, syncPath: 'DIFF' },
      { sid: 4 as ServerId, role: 'follower', synced: false, syncPath: undefined },
      { sid: 3 as ServerId, role: 'observer', synced: true, syncPath: 'SNAP' },
    ] as const;
    const view: Partial<ManagementView> = {
      ...IN_QUORUM,
      state: 'LEADING',
      learners,
      leader: 1 as ServerId,
      epoch: 7 as Epoch,
      pendingSyncCount: 2,
      proposalSizes: { last: 48, minimum: 32, maximum: 120 },
    };
    const lines = ask('mntr', view).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'zk_server_state\tleader',
        'zk_peer_state\tleading - broadcast',
        'zk_quorum_size\t3',
        'zk_learners\t3',
        'zk_synced_followers\t1',
        'zk_synced_observers\t1',
        'zk_synced_non_voting_followers\t0',
        'zk_pending_syncs\t2',
        'zk_leader_uptime\t20899',
        'zk_last_proposal_size\t48',
        'zk_max_proposal_size\t120',
        'zk_min_proposal_size\t32',
        'zk_epoch\t7',
        'zk_leader_id\t1',
      ]),
    );
  });

  it('mntr of an observer knows whom it observes', () => {
    const view = { ...IN_QUORUM, state: 'OBSERVING', leader: 2 as ServerId, zabState: 'ELECTION' } as const;
    const text = ask('mntr', view);
    expect(text).toContain('zk_server_state\tobserver\nzk_peer_state\tobserving\nzk_observer_master_id\t2\n');
    expect(text).not.toContain('zk_learners');
  });

  it('mntr of an observer at a follower knows at which, and that of the follower how many it has', () => {
    const server = {
      name: 'Observer',
      clientAddress: null,
      startedAt: 0,
      quorumAddress: null,
      pendingRevalidationCount: 0,
      learnerMaster: 3 as ServerId,
    } as unknown as ManagementBeans['server'];
    const beans = () => ({ ...BEANS, server });
    expect(ask('mntr', { ...IN_QUORUM, beans, state: 'OBSERVING', leader: 2 as ServerId })).toContain(
      'zk_observer_master_id\t3\n',
    );
    const learners = [{ sid: 4 as ServerId, role: 'observer', synced: true, syncPath: 'DIFF' }] as const;
    const follower = ask('mntr', { ...IN_QUORUM, state: 'FOLLOWING', learners });
    expect(follower).toContain('zk_synced_observers\t1\n');
    expect(follower).not.toContain('zk_learners');
  });

  it('mntr leaves out what the system does not tell', () => {
    const unknown = () => undefined;
    const facts = { ...FACTS, openFileDescriptorCount: unknown, maxFileDescriptorCount: unknown };
    expect(ask('mntr', {}, facts)).not.toContain('file_descriptor');
  });

  it('mntr: counters of server and port, doubles never without a point', () => {
    const words = new Words(
      {
        metrics: () => [
          ['connection_drop_probability', 0],
          ['connection_rejected', 3],
          ['watch_bytes', 37],
        ],
      },
      FACTS,
      {
        metrics: () => [['connection_rejected', 4]],
      },
    );
    expect(words.ask('mntr')).toContain(
      'zk_connection_drop_probability\t0.0\nzk_connection_rejected\t7\nzk_watch_bytes\t37\nzk_epoch',
    );
  });

  it('dirs', () => {
    expect(ask('dirs')).toBe('datadir_size: 457\nlogdir_size: 458\n');
  });

  it('hash: zxid in hexadecimal, digest as a signed decimal', () => {
    const digestLog = () => [
      { zxid: 0x80n as Zxid, digest: 5263516329n },
      { zxid: 0x100000100n as Zxid, digest: 0xffff_ffff_ffff_fffen },
    ];
    expect(ask('hash', { digestLog })).toBe('80: 5263516329\n100000100: -2\n');
    expect(ask('hash')).toBe('');
  });

  it('envi', () => {
    expect(ask('envi')).toBe(
      `Environment:\nzookeeper.version=${FACTS.version}\nhost.name=localhost\njava.compiler=<NA>\n`,
    );
  });

  it('wchs: the watches of data alone', () => {
    const watchSummary = () => ({ connectionCount: 1, pathCount: 2, watchCount: 3 });
    expect(ask('wchs', { watchSummary })).toBe('1 connections watching 2 paths\nTotal watches:3\n');
  });

  it('wchc: the paths of each session', () => {
    const watchesBySession = () => [
      { sessionId: 0x10000b336b90000n as SessionId, paths: ['/a', '/nope'] },
      { sessionId: 0x5n as SessionId, paths: ['/b'] },
    ];
    expect(ask('wchc', { watchesBySession })).toBe('0x10000b336b90000\n\t/a\n\t/nope\n0x5\n\t/b\n\n');
    expect(ask('wchc')).toBe('\n');
  });

  it('wchp: the sessions of each path', () => {
    const watchesByPath = () => [{ path: '/a', sessionIds: [0x10000b336b90000n, 5n] as SessionId[] }];
    expect(ask('wchp', { watchesByPath })).toBe('/a\n\t0x10000b336b90000\n\t0x5\n\n');
  });

  it('dump where sessions are judged', () => {
    const text = ask('dump', {
      ...connected({ ...CONNECTION, activity: { ...CONNECTION.activity, lastResponseAt: 995_000 } }),
      sessionDump: () => ({
        type: 'expiring',
        sessionCount: 2,
        setCount: 1,
        sets: [{ expiresAt: 1_010_000, sessionIds: [0x10000b336b90000n, 5n] as SessionId[] }],
      }),
      ephemeralOwnerCount: 1,
      ephemeralsBySession: () => [{ sessionId: 5n as SessionId, paths: ['/e', '/f'] }],
    });
    const date = (time: number) => formatDate(time);
    expect(text).toBe(`SessionTracker dump:
Session Sets (1)/(2):
2 expire at ${date(1_010_000)}:
\t0x10000b336b90000
\t0x5
ephemeral nodes dump:
Sessions with Ephemerals (1):
0x5:
\t/e
\t/f
Connections dump:
Connections Sets (2)/(2):
1 expire at ${date(1_010_000)}:
\tip: /127.0.0.1:46938 sessionId: 0x100001371f90000
1 expire at ${date(1_020_000)}:
\tip: /${ASKER} sessionId: 0x0
`);
  });

  it('dump of servers with local sessions, each of which judges its own', () => {
    const local = {
      sessionCount: 1,
      setCount: 1,
      sets: [{ expiresAt: 4000, sessionIds: [0x1_0000_b342_03_0000n as SessionId] }],
    };
    const none = { sessionCount: 0, setCount: 0, sets: [] };
    const leader = ask('dump', { sessionDump: () => ({ type: 'expiring', ...none, local }) });
    expect(leader).toMatch(
      /dump:\nLocal Session Sets \(1\)\/\(1\):\n1 expire at [^\n]+:\n\t0x10000b342030000\nGlobal Session Sets \(0\)\/\(0\):\neph/,
    );
    const learner = ask('dump', { sessionDump: () => ({ type: 'known', sessionCount: 0, sessions: [], local: none }) });
    expect(learner).toContain('dump:\nLocal Session Sets (0)/(0):\nGlobal Sessions(0):\nephemeral');
  });

  it('dump of a learner, who only knows which sessions there are', () => {
    const text = ask('dump', {
      standalone: false,
      state: 'FOLLOWING',
      sessionDump: () => ({
        type: 'known',
        sessionCount: 1,
        sessions: [{ sessionId: 0x10000b342030000n as SessionId, timeoutMs: 10_000 }],
      }),
    });
    expect(text).toContain('dump:\nGlobal Sessions(1):\n0x10000b342030000\t10000ms\nephemeral nodes');
  });

  it('gtmk and stmk: the mask, a Java long, without a line end', () => {
    const words = new Words();
    expect(words.ask('gtmk')).toBe('306');
    expect(words.ask('stmk', Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0x32))).toBe('306');
    expect(words.ask('stmk', new Uint8Array(8).fill(0xff))).toBe('-1');
    expect(words.ask('gtmk')).toBe('-1');
  });

  it('a word is a packet received, and its answer one sent', () => {
    const words = new Words({}, FACTS, { wordCount: 5, answeredWordCount: 4 });
    expect(words.ask('srvr')).toContain('Received: 14\nSent: 13\n');
    expect(words.ask('mntr')).toContain('zk_packets_received\t14\nzk_packets_sent\t13\n');
  });

  it('srst', () => {
    const words = new Words();
    expect(words.ask('srst')).toBe('Server stats reset.\n');
    expect(words.resets).toEqual(['server', 'port']);
  });

  it('crst', () => {
    const words = new Words();
    expect(words.ask('crst')).toBe('Connection stats reset.\n');
    expect(words.resets).toEqual(['connections']);
  });

  it.each(['toString', 'abcd'])('%s: no word of ours', (word) => {
    expect(ask(word)).toBe('');
  });
});

describe('lines under one heading', () => {
  it('are at most 4,000, and then say so', () => {
    const paths = (count: number) => Array.from({ length: count }, (_, i) => `/${i}`);
    const wchc = (count: number) =>
      ask('wchc', { watchesBySession: () => [{ sessionId: 5n as SessionId, paths: paths(count) }] });
    expect(wchc(4000).split('\n')).toHaveLength(4003);
    expect(wchc(4001)).toMatch(/\t\/3999\n\t\(more than 4000: the rest is left out\)\n\n$/);
  });
});

describe('a server that does not serve', () => {
  const looking = { serving: false, standalone: false, state: 'LOOKING', zabState: 'ELECTION' } as const;

  it.each('srvr stat mntr conf cons dirs dump srst crst wchs wchc wchp'.split(' '))(
    '%s: not currently serving',
    (word) => {
      expect(ask(word, looking)).toBe('This ZooKeeper instance is not currently serving requests\n');
    },
  );

  it('hash: the same without a line end, as DigestCommand has it', () => {
    expect(ask('hash', looking)).toBe('This ZooKeeper instance is not currently serving requests');
  });

  it('what says something of the process alone is answered', () => {
    expect(ask('envi', looking)).toContain('Environment:\n');
    expect(ask('gtmk', looking)).toBe('306');
  });

  it('isro: null, ruok: imok', () => {
    expect(ask('isro', looking)).toBe('null');
    expect(ask('ruok', looking)).toBe('imok');
  });
});

describe('a server in read-only mode', () => {
  const readOnly = { ...IN_QUORUM, state: 'LOOKING', zabState: 'ELECTION', readOnly: true } as const;
  const heading = `Zookeeper version: ${FACTS.version}\nREAD-ONLY mode; serving only read-only clients\n`;

  it('isro: ro, without a line end', () => {
    expect(ask('isro', readOnly)).toBe('ro');
  });

  it('srvr and stat say so above everything else, and in their mode', () => {
    const text = ask('srvr', readOnly);
    expect(text.startsWith(`${heading}Latency min/avg/max: `)).toBe(true);
    expect(text).toContain('\nMode: read-only\n');
    expect(ask('stat', readOnly).startsWith(`${heading}Clients:\n`)).toBe(true);
  });

  it('mntr: read-only, and nothing of a quorum', () => {
    const text = ask('mntr', readOnly);
    expect(text).toContain('zk_server_state\tread-only\n');
    expect(text).not.toContain('zk_peer_state');
    expect(text).not.toContain('zk_quorum_size');
  });

  it('conf: without the membership', () => {
    expect(ask('conf', readOnly).endsWith('electionAlg=3\nelectionPort=31381\nquorumPort=31281\npeerType=0\n')).toBe(
      true,
    );
  });
});

describe('text as Java writes it', () => {
  it.each([
    [0, '0.0'],
    [4, '4.0'],
    [0.5, '0.5'],
    [4.33333, '4.3333'],
    [4.99999, '5.0'],
    [1e-5, '0.0'],
  ])('an average of %d: %s', (average, text) => {
    expect(formatAverage(average)).toBe(text);
  });

  it('a double', () => {
    expect([0, 1, 0.02].map(formatDouble)).toEqual(['0.0', '1.0', '0.02']);
  });

  it('a date', () => {
    expect(formatDate(Date.UTC(2026, 10, 3, 0, 2, 22))).toMatch(/^(Mon|Tue) Nov 0[23] \d\d:\d2:22 \S+ 2026$/);
  });

  it.each([
    ['10.0.0.1:5', '/10.0.0.1:5'],
    ['[::]:5', '/[0:0:0:0:0:0:0:0]:5'],
    ['[2001:db8::1:0]:5', '/[2001:db8:0:0:0:0:1:0]:5'],
    ['[fe80::1%eth0]:5', '/[fe80:0:0:0:0:0:0:1%eth0]:5'],
    ['[1:2:3:4:5:6:7:8]:5', '/[1:2:3:4:5:6:7:8]:5'],
    ['unknown', '/unknown'],
  ])('the address %s: %s', (address, text) => {
    expect(formatSocketAddress(address)).toBe(text);
  });
});
