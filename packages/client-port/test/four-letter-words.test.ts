// The answers as Apache ZooKeeper 3.8 and 3.9 print them; the golden texts were taken from running servers.

import type { ClientPortView, ConnectionView, ManagedServer, ManagementView } from '@zebu/interfaces';
import type { Epoch, ServerId, SessionId, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { answerFourLetterWord, type FourLetterWordFacts } from '../src/index.ts';
import { formatAverage, formatSocketAddress } from '../src/four-letter-words/java-text.ts';

const VIEW: ManagementView = {
  standalone: true,
  state: 'LEADING',
  zabState: 'BROADCAST',
  serving: true,
  leader: undefined,
  epoch: 0 as Epoch,
  lastZxid: 2n as Zxid,
  znodeCount: 6,
  watchCount: 1,
  ephemeralsCount: 1,
  approximateDataBytes: 47,
  sessionCount: 1,
  outstandingRequestCount: 0,
  packetsReceivedCount: 10,
  packetsSentCount: 9,
  latencyMs: { minimum: 2, average: 13 / 3, maximum: 6 },
  servingSince: 1000,
  localSessionCount: 0,
  clientResponseSizes: { last: 16, minimum: 16, maximum: 131 },
  connectionCount: 0,
  connections: () => [],
  learners: [],
  proposalCount: 0,
  proposalSizes: undefined,
  pendingSyncCount: 0,
  snapshotCount: 1,
  treeDigest: '5d1e7a',
  sessionDump: () => ({ type: 'expiring', sessionCount: 0, setCount: 0, sets: [] }),
  digestLog: () => [],
  metrics: () => [],
};

const ACTIVITY = {
  establishedAt: 1795392478055,
  lastOperation: 'GETD',
  lastCxid: 2,
  lastZxid: 2n as Zxid,
  lastResponseAt: 1295104,
  lastLatencyMs: 2,
  latencyMs: { minimum: 0, average: 4.3333, maximum: 6 },
};

const CONNECTION: ConnectionView = {
  remoteAddress: '127.0.0.1:46938',
  sessionId: 0x100001371f90000n as SessionId,
  sessionTimeoutMs: 10000,
  queuedCount: 0,
  receivedCount: 3,
  sentCount: 3,
  activity: ACTIVITY,
};

const connected = (...connections: readonly ConnectionView[]): Partial<ManagementView> => ({
  connectionCount: connections.length,
  connections: () => connections,
});

const FACTS: FourLetterWordFacts = {
  version: '3.9.0-zebu-0.1.0, built on Node.js v20.20.2',
  uptimeMs: 20899.7,
  openFileDescriptorCount: 27,
  maxFileDescriptorCount: 20000,
  configuration: {
    clientPort: 31181,
    dataDir: '/data/version-2',
    dataDirBytes: 457,
    dataLogDir: '/log/version-2',
    dataLogDirBytes: 458,
    tickTimeMs: 2000,
    maxClientCnxns: 60,
    minSessionTimeoutMs: 4000,
    maxSessionTimeoutMs: 40000,
    clientPortListenBacklog: -1,
    serverId: 0,
    quorum: undefined,
  },
};

const MEMBERSHIP = `server.1=127.0.0.1:31281:31381:participant
server.2=127.0.0.1:31282:31382:participant;0.0.0.0:2181
version=100000003`;

const QUORUM_FACTS: FourLetterWordFacts = {
  ...FACTS,
  configuration: {
    ...FACTS.configuration,
    serverId: 1,
    quorum: {
      initLimit: 10,
      syncLimit: 5,
      electionPort: 31381,
      quorumPort: 31281,
      peerType: 'participant',
      voterCount: 3,
      membership: MEMBERSHIP,
    },
  },
};

const PORT: ClientPortView = {
  strangers: () => [],
  strangerCount: 0,
  metrics: () => [],
  resetStatistics: () => undefined,
};

const serverOf = (view: Partial<ManagementView>): ManagedServer => ({
  view: () => ({ ...VIEW, ...view }),
  resetStatistics: () => undefined,
  resetConnectionStatistics: () => undefined,
});

function ask(word: string, view: Partial<ManagementView> = {}, facts = FACTS): string {
  const answer = answerFourLetterWord({ word, argument: new Uint8Array(0), port: PORT }, serverOf(view), facts);
  return typeof answer === 'string' ? answer : [...answer].join('');
}

const SRVR = `Zookeeper version: 3.9.0-zebu-0.1.0, built on Node.js v20.20.2
Latency min/avg/max: 2/4.3333/6
Received: 10
Sent: 9
Connections: 1
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

  it('srvr of a leader ends with the sizes of proposals, -1 before the first', () => {
    const leader = { standalone: false, state: 'LEADING' } as const;
    expect(ask('srvr', leader)).toMatch(/Mode: leader\nNode count: 6\nProposal sizes last\/min\/max: -1\/-1\/-1\n$/);
    expect(ask('srvr', { ...leader, proposalSizes: { last: 48, minimum: 32, maximum: 120 } })).toMatch(
      /Proposal sizes last\/min\/max: 48\/32\/120\n$/,
    );
  });

  it('stat: srvr with a line for each client behind the version', () => {
    const [version, ...rest] = SRVR.split('\n');
    expect(ask('stat', connected(CONNECTION))).toBe(
      `${version}\nClients:\n /127.0.0.1:46938[1](queued=0,recved=3,sent=3)\n\n${rest.join('\n')}`,
    );
  });

  it('cons: every client with its session', () => {
    const silent = { ...CONNECTION, remoteAddress: '[::1]:5', sessionId: 0n as SessionId };
    expect(ask('cons', connected(silent, CONNECTION))).toBe(
      ' /[0:0:0:0:0:0:0:1]:5[1](queued=0,recved=3,sent=3)\n' +
        ' /127.0.0.1:46938[1](queued=0,recved=3,sent=3,sid=0x100001371f90000,lop=GETD,est=1795392478055,to=10000,' +
        'lcxid=0x2,lzxid=0x2,lresp=1295104,llat=2,minlat=0,avglat=4,maxlat=6)\n\n',
    );
  });

  it('cons: a client that has asked nothing yet', () => {
    const fresh = { ...ACTIVITY, lastCxid: -1, lastOperation: 'NA', lastZxid: -1n as Zxid };
    expect(ask('cons', connected({ ...CONNECTION, activity: fresh }))).toContain(
      ',lop=NA,est=1795392478055,to=10000,lzxid=0xffffffffffffffff,',
    );
  });

  it('conf of a standalone server', () => {
    expect(ask('conf')).toBe(`clientPort=31181
secureClientPort=-1
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
    const text = ask('conf', { standalone: false, state: 'FOLLOWING' }, QUORUM_FACTS);
    expect(text.slice(text.indexOf('serverId'))).toBe(`serverId=1
initLimit=10
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
zk_num_alive_connections\t1
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
zk_connection_drop_probability\t0.0
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
    const view = { standalone: false, state: 'LEADING', learners, leader: 1 as ServerId, epoch: 7 as Epoch } as const;
    const lines = ask('mntr', view, QUORUM_FACTS).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'zk_server_state\tleader',
        'zk_peer_state\tleading - broadcast',
        'zk_quorum_size\t3',
        'zk_learners\t3',
        'zk_synced_followers\t1',
        'zk_synced_observers\t1',
        'zk_last_proposal_size\t-1',
        'zk_epoch\t7',
        'zk_leader_id\t1',
      ]),
    );
  });

  it('mntr of an observer knows whom it observes', () => {
    const view = { standalone: false, state: 'OBSERVING', leader: 2 as ServerId, zabState: 'ELECTION' } as const;
    const text = ask('mntr', view, QUORUM_FACTS);
    expect(text).toContain('zk_server_state\tobserver\nzk_peer_state\tobserving\nzk_observer_master_id\t2\n');
    expect(text).not.toContain('zk_learners');
  });

  it('mntr leaves out what the system does not tell', () => {
    const facts = { ...FACTS, openFileDescriptorCount: undefined, maxFileDescriptorCount: undefined };
    expect(ask('mntr', {}, facts)).not.toContain('file_descriptor');
  });

  it.each(['wchs', 'dump', 'toString'])('%s: not in this release', (word) => {
    expect(ask(word)).toBe(`${word} is not executed because it is not in this release.\n`);
  });
});

describe('a server that does not serve', () => {
  const looking = { serving: false, standalone: false, state: 'LOOKING', zabState: 'ELECTION' } as const;

  it.each(['srvr', 'stat', 'mntr', 'conf', 'cons'])('%s: not currently serving', (word) => {
    expect(ask(word, looking)).toBe('This ZooKeeper instance is not currently serving requests\n');
  });

  it('isro: null, ruok: imok', () => {
    expect(ask('isro', looking)).toBe('null');
    expect(ask('ruok', looking)).toBe('imok');
  });
});

describe('text as Java writes it', () => {
  it.each([
    [0, '0.0'],
    [4, '4.0'],
    [0.5, '0.5'],
    [4.33333, '4.3333'],
    [4.99999, '5.0'],
  ])('an average of %d: %s', (average, text) => {
    expect(formatAverage(average)).toBe(text);
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
