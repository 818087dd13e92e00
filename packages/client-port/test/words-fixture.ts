// A server as four-letter words see it: one that serves, with nothing in it that a test did not put there.

import {
  type ClientPortView,
  type ConnectionView,
  MANAGEMENT_BEANS_VERSION,
  type ManagementBeans,
  type ManagementView,
} from '@zebu/interfaces';
import type { Epoch, SessionId, Zxid } from '@zebu/protocol';
import { createFourLetterWords, type FourLetterWordFacts } from '../src/index.ts';
import { FakeClock } from './fake-clock.ts';

export const BEANS: ManagementBeans = {
  version: MANAGEMENT_BEANS_VERSION,
  quorum: undefined,
  localPeer: undefined,
  remotePeers: [],
  election: undefined,
  server: undefined,
  dataTree: {
    name: 'InMemoryDataTree',
    nodeCount: 6,
    lastZxid: '0x2',
    watchCount: 1,
    approximateDataSize: 47,
    ephemeralsCount: 1,
  },
  connections: () => [],
};

export const VIEW: ManagementView = {
  standalone: true,
  state: 'LEADING',
  zabState: 'BROADCAST',
  serving: true,
  readOnly: false,
  servingSince: 1_000_000 - 20_899.7,
  leader: undefined,
  epoch: 0 as Epoch,
  lastZxid: 2n as Zxid,
  znodeCount: 6,
  watchCount: 1,
  ephemeralsCount: 1,
  approximateDataBytes: 47,
  sessionCount: 1,
  localSessionCount: 0,
  outstandingRequestCount: 0,
  packetsReceivedCount: 9,
  packetsSentCount: 9,
  latencyMs: { minimum: 2, average: 13 / 3, maximum: 6 },
  clientResponseSizes: { last: 16, minimum: 16, maximum: 131 },
  connectionCount: 0,
  connections: () => [],
  learners: [],
  proposalCount: 0,
  proposalSizes: undefined,
  pendingSyncCount: 0,
  snapshotCount: 1,
  treeDigest: '5d1e7a',
  watchSummary: () => ({ connectionCount: 0, pathCount: 0, watchCount: 0 }),
  watchesByPath: () => [],
  watchesBySession: () => [],
  ephemeralOwnerCount: 0,
  ephemeralsBySession: () => [],
  sessionDump: () => ({ type: 'expiring', sessionCount: 0, setCount: 0, sets: [] }),
  digestLog: () => [],
  beans: () => BEANS,
  metrics: () => [],
};

export const CONNECTION: ConnectionView = {
  remoteAddress: '127.0.0.1:46938',
  sessionId: 0x100001371f90000n as SessionId,
  sessionTimeoutMs: 10000,
  queuedCount: 0,
  receivedCount: 3,
  sentCount: 3,
  activity: {
    establishedAt: 1795392478055,
    lastOperation: 'GETD',
    lastCxid: 2,
    lastZxid: 2n as Zxid,
    lastResponseAt: 1295104,
    lastLatencyMs: 2,
    latencyMs: { minimum: 0, average: 4.3333, maximum: 6 },
  },
};

export const FACTS: FourLetterWordFacts = {
  clock: new FakeClock(),
  version: '3.9.0-zebu-0.1.0, built on Node.js v20.20.2',
  configuration: {
    clientPort: 31181,
    secureClientPort: 31182,
    dataDir: '/data/version-2',
    dataLogDir: '/log/version-2',
    tickTimeMs: 2000,
    maxClientCnxns: 60,
    minSessionTimeoutMs: 4000,
    maxSessionTimeoutMs: 40000,
    clientPortListenBacklog: -1,
    sessionlessTimeoutMs: 10_000,
    serverId: 0,
  },
  dataDirBytes: () => 457,
  dataLogDirBytes: () => 458,
  openFileDescriptorCount: () => 27,
  maxFileDescriptorCount: () => 20000,
  environment: () => [
    ['host.name', 'localhost'],
    ['java.compiler', '<NA>'],
  ],
};

export const connected = (...connections: readonly ConnectionView[]): Partial<ManagementView> => ({
  connectionCount: connections.length,
  connections: () => connections,
});

/** Where the asker's own connection is. */
export const ASKER = '127.0.0.1:47010';

const PORT: ClientPortView = {
  strangers: () => [ASKER],
  strangerCount: 1,
  wordCount: 1,
  answeredWordCount: 0,
  metrics: () => [],
  resetStatistics: () => undefined,
};

/** One server's words: what they change lasts from one to the next. */
export class Words {
  readonly resets: string[] = [];
  readonly #answer;
  #view: Partial<ManagementView>;
  #port: Partial<ClientPortView>;

  constructor(view: Partial<ManagementView> = {}, facts = FACTS, port: Partial<ClientPortView> = {}) {
    this.#answer = createFourLetterWords(facts);
    this.#view = view;
    this.#port = port;
  }

  ask(word: string, argument = new Uint8Array(0)): string {
    const port = { ...PORT, resetStatistics: () => this.resets.push('port'), ...this.#port };
    const answer = this.#answer(
      { word, argument, remoteAddress: ASKER, port },
      {
        view: () => ({ ...VIEW, ...this.#view }),
        transferLeadership: () => Promise.resolve({ ok: false, reason: 'nobody asks for it' }),
        resetStatistics: () => this.resets.push('server'),
        resetConnectionStatistics: () => this.resets.push('connections'),
      },
    );
    return typeof answer === 'string' ? answer : [...answer].join('');
  }
}

export const ask = (word: string, view: Partial<ManagementView> = {}, facts = FACTS): string =>
  new Words(view, facts).ask(word);
