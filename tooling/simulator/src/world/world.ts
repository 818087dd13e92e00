// The controls of a simulated world: what seeds and scenarios do to servers, networks, disks and clocks. Time passes only in `run` and `runUntil`.

import type { Client } from '@zebu/client';
import type { Logger, ManagementView } from '@zebu/interfaces';
import type { Ensemble, Millis, Notification, QuorumHierarchy, QuorumPacketType, ServerId } from '@zebu/protocol';
import type { History } from '../history/history.ts';
import type { CreateElection } from './elections.ts';
import type { Mutation } from './mutation.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Uniform between the two. */
export type DelayRange = readonly [low: Millis, high: Millis];

export interface ServerSettings {
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly snapCount: number;
  readonly commitLogCount: number;
  readonly snapRetainCount: number | undefined;
  readonly snapshotSizeFactor: number;
  readonly localSessions: boolean;
  readonly extendedTypesEnabled: boolean;
  /** Without a quorum, clients that are content with reads are served. */
  readonly readOnlyMode: boolean;
  /** Followers serve observers, and observers learn there. */
  readonly observerMasters: boolean;
  /** False: an observer writes no txns to its disk (syncEnabled). */
  readonly observersKeepLog: boolean;
  /** Committed txns that are applied at once when they arrive; the rest follow in ticks of their own. 0: all follow. */
  readonly appliedAtOnceCount: number;
  /** Of the last zxid of an epoch; all that 32 bits allow when left out. */
  readonly lastCounter?: number;
}

export interface WorldOptions {
  readonly seed: number;
  /** Ids 1 to n; observers follow. */
  readonly voterCount: number;
  readonly observerCount: number;
  /** Of the voters; undefined: each has one vote. */
  readonly hierarchy?: QuorumHierarchy | undefined;
  /** Of two voters one may go on alone as `setOracle` says. */
  readonly oracle?: boolean | undefined;
  /** Clients may change the ensemble; undefined: nobody may. */
  readonly reconfiguration?: ReconfigurationOptions | undefined;
  readonly settings?: Partial<ServerSettings>;
  /** One way, between servers. */
  readonly linkDelayMs?: DelayRange;
  /** One way, between clients and servers. */
  readonly clientDelayMs?: DelayRange;
  readonly writeMs?: DelayRange;
  readonly flushMs?: DelayRange;
  /** How late a timer fires. */
  readonly timerDelayMs?: DelayRange;
  /** By what servers elect; Fast Leader Election untold. */
  readonly createElection?: CreateElection;
  /** Deliberate faults in every server. */
  readonly mutation?: Mutation;
  /** Hears all servers; nobody untold. */
  readonly logger?: Logger;
}

export interface ReconfigurationOptions {
  /** Servers that the ensemble does not know at first; their ids follow on those of the observers. */
  readonly spareCount: number;
  /** False: the ensemble may shrink to one voter. */
  readonly standaloneEnabled: boolean;
}

export interface StartOptions {
  /** False: an empty disk is no history that may be voted for, until the server is synchronized. True untold. */
  readonly dbAutocreate?: boolean;
  /** A damaged disk is marked, set aside, and healed by a leader; otherwise the server refuses it, as one that has no ensemble. False untold. */
  readonly heals?: boolean;
}

/** Packets of a type, on their way from one server to another. They wait in the order of their link, with all that is behind them. */
export interface PacketFilter {
  readonly from?: ServerId;
  readonly to?: ServerId;
  readonly type: QuorumPacketType;
  /** Lets this many pass first. */
  readonly after?: number;
}

/** Something that does not go on until it is let go. */
export interface Hold {
  /** How many packets (those behind the first on its link among them), or flushes, wait now. */
  readonly waitingCount: number;
  release(): void;
}

/** Must end before the server that it is taken for starts. */
export interface Impostor {
  notify(to: ServerId, notification: Notification): void;
  end(): void;
}

export interface ClientSettings {
  /** Names it in the history. */
  readonly name: string;
  /** Tries these servers only; all untold. */
  readonly servers?: readonly ServerId[];
  readonly sessionTimeoutMs?: Millis;
  /** Content with a server without a quorum. Neither its sessions nor its wire are in the history. */
  readonly readOnly?: boolean;
}

export interface World {
  readonly random: SeededRandom;
  readonly time: VirtualTime;
  readonly history: History;
  readonly ids: readonly ServerId[];
  readonly voters: readonly ServerId[];
  readonly observers: readonly ServerId[];
  /** Not in the ensemble at first. */
  readonly spares: readonly ServerId[];
  /** As the configuration files have it at the beginning. */
  readonly ensemble: Ensemble;

  // Servers
  start(id: ServerId, options?: StartOptions): void;
  /** Loses any part of what was not flushed, all of it, or nothing. Also when the server is down already: its page cache is lost. */
  powerLoss(id: ServerId, what?: 'anyPart' | 'allUnflushed' | 'nothing'): void;
  kill(id: ServerId): void;
  /** In order (SIGTERM); it takes some time until `ended`. */
  stop(id: ServerId): void;
  /** Asked to let another server lead: that one, or any. */
  transferLeadership(id: ServerId, to?: ServerId): void;
  pause(id: ServerId): void;
  resume(id: ServerId): void;
  isUp(id: ServerId): boolean;
  view(id: ServerId): ManagementView | undefined;
  /** Somebody talks in the name of a server that is down, to its peers' elections. */
  impersonate(id: ServerId): Impostor;
  /** Established, and serving. */
  leader(): ServerId | undefined;

  /** What the server is told from now on when it asks its oracle: whether it may go on alone. No untold. */
  setOracle(id: ServerId, grants: boolean): void;

  // Network
  sever(a: ServerId, b: ServerId): void;
  /** From all other servers. */
  isolate(id: ServerId): void;
  /** Nothing from one reaches the other, and neither notices. */
  stall(from: ServerId, to: ServerId): void;
  heal(a: ServerId, b: ServerId): void;
  healAll(): void;
  resetLink(a: ServerId, b: ServerId): void;
  /** Both ways; undefined sets it back. */
  setLinkDelay(a: ServerId, b: ServerId, delayMs: DelayRange | undefined): void;
  holdPackets(filter: PacketFilter): Hold;

  // Disk
  setDiskDelay(
    id: ServerId,
    delays: { readonly writeMs?: DelayRange; readonly flushMs?: DelayRange } | undefined,
  ): void;
  /** Flushes (of files, and of directories) that begin from now on do not complete; where it is asked, those of paths that it concerns. */
  holdFlushes(id: ServerId, concerns?: (path: string) => boolean): Hold;
  failNext(
    id: ServerId,
    fault: {
      readonly operation: 'write' | 'flush';
      readonly code: 'EIO' | 'ENOSPC';
      readonly after?: number;
      readonly times?: number;
    },
  ): void;
  /** Every write fails with ENOSPC until there is room again. */
  setDiskFull(id: ServerId, full: boolean): void;
  /** Of a server that is down: names in its version-2 directory, sorted. */
  files(id: ServerId): Promise<string[]>;
  removeFile(id: ServerId, name: string): Promise<void>;
  /** `position` counts bits. */
  flipBit(id: ServerId, name: string, position: number): Promise<void>;
  /** A file that is not there yet, durably. */
  writeFile(id: ServerId, name: string, bytes: Uint8Array): Promise<void>;
  /** Where the file first holds the text, in bytes. */
  find(id: ServerId, name: string, text: string): Promise<number>;
  /** Everything on the disk of a server that is down. */
  wipe(id: ServerId): void;
  /** An operator writes the configuration files of a server that is down anew; where the ensemble cannot be changed there are none. */
  configure(id: ServerId, ensemble: Ensemble): Promise<void>;

  // Clocks
  setTimerDelay(id: ServerId, delayMs: DelayRange | undefined): void;
  setClockRate(id: ServerId, rate: number): void;
  jumpWallClock(id: ServerId, byMs: number): void;

  // Clients
  /** Its session and what goes over its wire is in the history. */
  client(settings: ClientSettings): Client;
  dropClients(id: ServerId): void;

  // Time
  run(ms: Millis): Promise<void>;
  /** Rejects, with `what` in the message, when the condition does not hold within the time. */
  runUntil(condition: () => boolean, limitMs: Millis, what: string): Promise<void>;
  /** Ends every server and client: nothing goes on by itself. */
  close(): void;
}
