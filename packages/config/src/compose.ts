// Puts the files together to a ServerConfig and checks that they fit: what QuorumPeerConfig does after it has read the keys.

import { type Ensemble, MAX_COUNTER, type ServerId, type ServerSpecification, votersOf } from '@zebu/protocol';
import { authenticationConfig, authenticationRemarks } from './authentication-section.ts';
import { type ClientAddresses, clientAddresses } from './client-addresses.ts';
import { ConfigError } from './config-error.ts';
import { type ParsedEnsemble, parseEnsemble } from './ensemble.ts';
import { type MyIdFile, parseMyId } from './my-id.ts';
import { peerSaslConfig, peerSaslRemarks } from './peer-sasl-section.ts';
import {
  clientConfig,
  electionConfig,
  learnerConfig,
  observerConfig,
  MIN_SNAP_RETAIN_COUNT,
  sessionConfig,
  storageConfig,
  tickConfig,
} from './sections.ts';
import { deepFreeze, type PeerConfig, type ServerConfig } from './server-config.ts';
import type { Settings } from './settings.ts';
import { peerTlsConfig } from './tls-section.ts';
import { containerConfig, writeConfig } from './write-sections.ts';
import type { DynamicConfig, ZooCfg } from './zoo-cfg.ts';

export interface ConfigFilesContent {
  readonly zooCfg: ZooCfg;
  /** The file that zoo.cfg names, when it names one. */
  readonly dynamic?: DynamicConfig | undefined;
  readonly myId: MyIdFile;
}

const NO_PEERS: PeerConfig = { tls: undefined, sasl: undefined };
/** ZooKeeperServer.createSessionTrackerServerId. */
const STANDALONE_SERVER_ID = 1 as ServerId;
/** EphemeralType.MAX_EXTENDED_SERVER_ID. */
const MAX_EXTENDED_SERVER_ID = 254;

export function composeServerConfig({ zooCfg, dynamic, myId }: ConfigFilesContent): ServerConfig {
  const { settings } = zooCfg;
  refuseUnmetProtections(settings);
  const storage = storageConfig(settings);
  const parsed = parseEnsemble(
    dynamic?.lines ?? zooCfg.ensembleLines,
    dynamic?.file ?? zooCfg.file,
    dynamic?.version ?? 0n,
  );
  refuseSeveralAddresses(settings, parsed.ensemble);
  const standalone = isStandalone(settings, parsed.ensemble);
  const serverId = standalone ? STANDALONE_SERVER_ID : parseMyId(myId, parsed.ensemble);
  refuseExtendedServerId(settings, serverId);
  const self = standalone ? onlyServer(parsed.ensemble) : parsed.ensemble.servers.get(serverId);
  const addresses = clientAddresses(settings, self, standalone);
  const ticks = tickConfig(settings, standalone);
  return deepFreeze({
    file: zooCfg.file,
    standalone,
    serverId,
    ensemble: parsed.ensemble,
    clusterName: settings.optionalText('clusterName'),
    ticks,
    sessions: sessionConfig(settings, standalone),
    clients: clientConfig(settings, addresses),
    authentication: authenticationConfig(settings),
    writes: writeConfig(settings, serverId),
    containers: containerConfig(settings),
    storage,
    election: electionConfig(settings, ticks),
    observers: observerConfig(settings),
    learners: learnerConfig(settings),
    peers: standalone ? NO_PEERS : { tls: peerTlsConfig(settings), sasl: peerSaslConfig(settings) },
    leaderServes: settings.flag('leaderServes'),
    oraclePath: standalone ? undefined : settings.optionalText('oraclePath'),
    lastCounter: MAX_COUNTER - settings.number('testingonly.initialZxid'),
    readOnlyMode: settings.flag('readonlymode.enabled') && !standalone,
    messageTracker: settings.flag('messageTracker.Enabled')
      ? { bufferSize: settings.number('messageTracker.BufferSize') }
      : undefined,
    properties: settings.properties(),
    lines: settings.lines(),
    warnings: [...zooCfg.warnings, ...parsed.warnings, ...remarks(settings, parsed, self, addresses, standalone)],
  });
}

/** The first byte of a session id is the server's, and 255 there marks the extended owners (EphemeralType.validateServerId). */
function refuseExtendedServerId(settings: Settings, serverId: ServerId): void {
  if (serverId <= MAX_EXTENDED_SERVER_ID || !settings.flag('extendedTypesEnabled')) return;
  throw settings.error(
    'extendedTypesEnabled',
    `cannot be on a server whose myid is ${serverId}: its session ids would read as TTLs`,
    `give the server an id of at most ${MAX_EXTENDED_SERVER_ID}, on every server`,
  );
}

/** Who does not know of the others would miss a server that only they reach. */
function refuseSeveralAddresses(settings: Settings, ensemble: Ensemble): void {
  if (settings.flag('multiAddress.enabled')) return;
  const server = [...ensemble.servers.values()].find(({ otherAddresses }) => otherAddresses !== undefined);
  if (server === undefined) return;
  throw settings.error(
    'multiAddress.enabled',
    `is off, and server.${server.id} has several addresses`,
    'add multiAddress.enabled=true, on every server first, or leave one address in the line',
  );
}

/** Running in the open what was to be protected would be worse than not running. */
function refuseUnmetProtections(settings: Settings): void {
  const [key] = settings.unmetProtections();
  if (key === undefined) return;
  throw settings.error(
    key,
    'asks for protection that is not in this release',
    `remove ${key} to run without it, or wait for a release that has it`,
  );
}

/** QuorumPeerConfig.isDistributed, with the checks of parseDynamicConfig. */
function isStandalone(settings: Settings, ensemble: Ensemble): boolean {
  const voterCount = votersOf(ensemble).length;
  const observerCount = ensemble.servers.size - voterCount;
  const standaloneEnabled = settings.flag('standaloneEnabled');
  if (voterCount === 0 && !standaloneEnabled) {
    throw settings.error('standaloneEnabled', 'is false, but no participant is listed', 'add server.N lines');
  }
  const standalone = standaloneEnabled && voterCount <= 1;
  if (standalone && observerCount > 0) {
    throw new ConfigError({
      file: settings.file,
      problem: `observers are listed with ${voterCount === 0 ? 'no participant' : 'only one participant'}`,
      remedy: 'list more participants, or set standaloneEnabled=false for an ensemble of one',
    });
  }
  return standalone;
}

const onlyServer = (ensemble: Ensemble): ServerSpecification | undefined => [...ensemble.servers.values()][0];

/** What only shows once the files are seen together. */
function remarks(
  settings: Settings,
  { ensemble }: ParsedEnsemble,
  self: ServerSpecification | undefined,
  { address, secureAddress }: ClientAddresses,
  standalone: boolean,
): string[] {
  const voterCount = votersOf(ensemble).length;
  const peerType = settings.optionalText('peerType');
  const retain = settings.number('autopurge.snapRetainCount');
  const candidates: readonly (readonly [boolean, string])[] = [
    [standalone && voterCount === 1, 'only one server is listed: running standalone'],
    [
      settings.has('oraclePath') && voterCount === 2 && ensemble.hierarchy === undefined,
      'with oraclePath safety rests on the oracle: while it lets both servers go on alone, or one that lacks what the other acknowledged, writes are lost',
    ],
    [
      settings.has('oraclePath') && (voterCount !== 2 || ensemble.hierarchy !== undefined),
      'oraclePath does nothing where there are not two participants of equal votes',
    ],
    [
      !standalone && voterCount <= 2 && !settings.has('oraclePath'),
      `no server failure is tolerated with ${voterCount} participants: three are needed`,
    ],
    [
      voterCount > 2 && voterCount % 2 === 0,
      `${voterCount} participants tolerate no more failures than ${voterCount - 1}`,
    ],
    [
      !standalone && peerType !== undefined && peerType !== self?.role,
      `peerType is ${peerType}, but the server line says ${self?.role}: the server line counts`,
    ],
    [
      address === undefined && secureAddress === undefined,
      'no client port is configured: this server serves no clients',
    ],
    [
      settings.flag('client.portUnification') && address === undefined,
      'client.portUnification without clientPort does nothing',
    ],
    [
      settings.has('secureClientPortAddress') && secureAddress === undefined,
      'secureClientPortAddress without secureClientPort does nothing',
    ],
    [
      settings.has('clientPortAddress') && !settings.has('clientPort'),
      'clientPortAddress without clientPort does nothing',
    ],
    [
      settings.flag('readonlymode.enabled') && !standalone && !settings.flag('localSessionsEnabled'),
      'readonlymode.enabled without localSessionsEnabled: a server without a quorum takes no new session',
    ],
    [
      settings.has('electionModule') && standalone,
      'electionModule does nothing on a standalone server, which elects nobody',
    ],
    [
      !settings.has('electionModule') && settings.family('electionModule.').length > 0,
      'electionModule.* without electionModule does nothing',
    ],
    [
      settings.has('electionModule') &&
        (settings.has('fastleader.minNotificationInterval') || settings.has('fastleader.maxNotificationInterval')),
      'fastleader.* does nothing beside electionModule, which has options of its own',
    ],
    ...authenticationRemarks(settings),
    ...(standalone ? [] : peerSaslRemarks(settings)),
    [settings.flag('skipACL'), 'skipACL=yes: ACLs are stored, and refuse nobody'],
    [
      standalone && settings.flag('sslQuorum'),
      'sslQuorum=true on a standalone server: there are no other servers to speak TLS to',
    ],
    [
      settings.flag('sslQuorum') && settings.flag('portUnification'),
      'portUnification=true: other servers are taken without TLS, too; turn it off once all of them speak TLS',
    ],
    [!settings.flag('forceSync'), 'forceSync=no: a power failure may lose acknowledged writes'],
    [
      retain < MIN_SNAP_RETAIN_COUNT,
      `autopurge.snapRetainCount ${retain} is too few: ${MIN_SNAP_RETAIN_COUNT} are kept`,
    ],
  ];
  return candidates.filter(([applies]) => applies).map(([, remark]) => remark);
}
