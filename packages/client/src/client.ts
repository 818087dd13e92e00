// The client as its callers see it.

import type { ClientInfo, MultiResult } from '@zebu/jute';
import type { Acl, CreateMode, Millis, SessionId, Stat } from '@zebu/protocol';
import type { CallOptions } from './call.ts';
import type { EnsembleChange, EnsembleConfiguration } from './ensemble-configuration.ts';
import type { SessionListener, WatchListener } from './events.ts';
import type { SessionTicket } from './options.ts';
import type { ReplyHandler } from './reply.ts';
import type { EncodeBody, SessionState } from './session.ts';

/** Text is sent as UTF-8. */
export type ZnodeData = Uint8Array | string | null;

export interface CreateOptions extends CallOptions {
  /** PERSISTENT untold, or PERSISTENT_WITH_TTL where there is a TTL. */
  readonly mode?: CreateMode;
  /** For the modes with a TTL: the servers delete the znode when it has no children and its data is older. They must be told to allow it. */
  readonly ttlMs?: Millis;
  /** Everything to everybody untold. */
  readonly acl?: readonly Acl[];
}

export interface VersionOptions extends CallOptions {
  /** The version that the znode must have; any untold. */
  readonly version?: number;
}

export interface ReconfigOptions extends CallOptions {
  /** The version that the configuration must have (BADVERSION); any untold. */
  readonly fromVersion?: bigint;
}

export interface ReadOptions extends CallOptions {
  /** Called once, when what was read has changed. */
  readonly watch?: WatchListener;
}

export interface WatchOptions extends CallOptions {
  /** Hears of everything at the path and below, but not of `childrenChanged`. */
  readonly recursive?: boolean;
}

export interface ZnodeWithStat {
  readonly data: Uint8Array | null;
  readonly stat: Stat;
}

export interface ChildrenWithStat {
  readonly children: readonly string[];
  readonly stat: Stat;
}

export interface AclWithStat {
  readonly acl: readonly Acl[];
  readonly stat: Stat;
}

export interface CreatedZnode {
  readonly path: string;
  readonly stat: Stat;
}

export type TransactionOperation =
  | ({
      /** `create2` answers the Stat too, and so does every creation of a container or with a TTL. */
      readonly type: 'create' | 'create2';
      readonly path: string;
      readonly data?: ZnodeData;
    } & Omit<CreateOptions, 'signal'>)
  | { readonly type: 'delete'; readonly path: string; readonly version?: number }
  | { readonly type: 'setData'; readonly path: string; readonly data: ZnodeData; readonly version?: number }
  | { readonly type: 'check'; readonly path: string; readonly version: number };

/**
 * One session with the ensemble. Calls made without a connection wait for one. A call rejects with a ZooKeeperError, or
 * with the reason of its signal; with ConnectionLossError nobody knows whether it was done.
 */
export interface Client {
  readonly state: SessionState;
  /** 0 until the ensemble has given one. */
  readonly sessionId: SessionId;
  /** Negotiated, once connected. */
  readonly sessionTimeoutMs: Millis;
  /** Calls not yet answered, queued ones included. */
  readonly pendingCount: number;

  /** Resolves once there is a connection with a session; rejects when there will never be one again. */
  connected(options?: CallOptions): Promise<void>;
  /** Hears of the session; returns what ends it. */
  onSessionEvent(listener: SessionListener): () => void;

  /** The path as created, with its suffix if the mode is sequential. */
  create(path: string, data?: ZnodeData, options?: CreateOptions): Promise<string>;
  createWithStat(path: string, data?: ZnodeData, options?: CreateOptions): Promise<CreatedZnode>;
  delete(path: string, options?: VersionOptions): Promise<void>;
  /** Undefined when there is no such znode; a watch then waits for its creation. */
  exists(path: string, options?: ReadOptions): Promise<Stat | undefined>;
  getData(path: string, options?: ReadOptions): Promise<ZnodeWithStat>;
  setData(path: string, data: ZnodeData, options?: VersionOptions): Promise<Stat>;
  /** Names, not paths, in no order. */
  getChildren(path: string, options?: ReadOptions): Promise<readonly string[]>;
  getChildrenWithStat(path: string, options?: ReadOptions): Promise<ChildrenWithStat>;
  getAcl(path: string, options?: CallOptions): Promise<AclWithStat>;
  /** `version` is that of the ACL, `aversion` in the Stat. */
  setAcl(path: string, acl: readonly Acl[], options?: VersionOptions): Promise<Stat>;
  /** The session's own ephemeral znodes whose paths begin with the prefix. */
  getEphemerals(prefix?: string, options?: CallOptions): Promise<readonly string[]>;
  /** How many znodes are below the path. */
  getAllChildrenNumber(path: string, options?: CallOptions): Promise<number>;
  /** Reads made after it see everything that was committed before it was called. */
  sync(path: string, options?: CallOptions): Promise<void>;
  /** All or nothing: rejects with MultiError when one is refused. */
  multi(operations: readonly TransactionOperation[], options?: CallOptions): Promise<readonly MultiResult[]>;

  /** Who is in the ensemble: the znode /zookeeper/config, whatever the chroot. The watch fires when a change is in force. */
  getConfig(options?: ReadOptions): Promise<EnsembleConfiguration>;
  /**
   * Changes the ensemble, and answers what it is from now on. Rejects with RECONFIGDISABLED, NOAUTH, BADARGUMENTS, BADVERSION, RECONFIGINPROGRESS, or
   * NEWCONFIGNOQUORUM when too few servers of the new configuration are in sync with the leader; with ConnectionLossError also where the change
   * itself ended the connection: then getConfig() tells.
   */
  reconfig(change: EnsembleChange, options?: ReconfigOptions): Promise<EnsembleConfiguration>;

  /**
   * Proves who the client is, here and on every connection to come. Rejects with AUTHFAILED when the server does not believe it:
   * it then disconnects, and the proof is forgotten. Resolves once a server believed it.
   */
  addAuth(scheme: string, proof: Uint8Array | string): Promise<void>;
  /** Who the server takes the client for. */
  whoAmI(options?: CallOptions): Promise<readonly ClientInfo[]>;

  /** A watch that stays, also on a path without a znode and over reconnects, until `removeWatch`. */
  addWatch(path: string, listener: WatchListener, options?: WatchOptions): Promise<void>;
  /** Ends every persistent watch on the path, of that kind. Rejects with NOWATCHER if there is none. */
  removeWatch(path: string, options?: WatchOptions): Promise<void>;

  /**
   * For tools: one request as it goes over the wire, without a promise. Replies come in order. `encode` writes the
   * record; paths are the server's, chroot included; the handler is called before any watch event that follows.
   */
  submit(opCode: number, encode: EncodeBody | undefined, handler: ReplyHandler): void;

  /** Ends the session and every pending call. Without a connection the ensemble is left to expire the session. Never rejects. */
  close(): Promise<void>;
  /** Ends every pending call and lets go of the session without ending it. */
  detach(): SessionTicket;
}
