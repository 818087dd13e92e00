// The door: wires options to a session, and the calls to requests.

import type { MultiResult } from '@zebu/jute';
import * as jute from '@zebu/jute';
import type { Acl, Millis, SessionId, Stat } from '@zebu/protocol';
import { AddWatchMode, ErrorCode, OpCode, WatcherType } from '@zebu/protocol';
import type { Call, CallOptions, CallSignal } from './call.ts';
import { abortReason, performCall, requireOk } from './call.ts';
import type {
  AclWithStat,
  ChildrenWithStat,
  Client,
  CreatedZnode,
  CreateOptions,
  ReadOptions,
  ReconfigOptions,
  TransactionOperation,
  VersionOptions,
  WatchOptions,
  ZnodeData,
  ZnodeWithStat,
} from './client.ts';
import { creationCall, creationRequest } from './creation.ts';
import {
  CONFIG_PATH,
  configurationOf,
  type EnsembleChange,
  type EnsembleConfiguration,
  reconfigRequest,
} from './ensemble-configuration.ts';
import type { SessionListener, WatchListener } from './events.ts';
import { multiCall } from './multi-call.ts';
import type { ClientOptions, SessionTicket } from './options.ts';
import { resolveOptions } from './options.ts';
import type { Reply, ReplyHandler } from './reply.ts';
import type { EncodeBody, SessionState } from './session.ts';
import { Session } from './session.ts';
import type { WatchKind } from './watch-registry.ts';
import { bytesOf } from './znode-data.ts';

const ANY_VERSION = -1;
const ANY_CONFIG_VERSION = -1n;

/** Starts to connect at once. Throws ClientOptionsError. */
export const createClient = (options: ClientOptions): Client => new SessionClient(new Session(resolveOptions(options)));

class SessionClient implements Client {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  get state(): SessionState {
    return this.#session.state;
  }

  get sessionId(): SessionId {
    return this.#session.identity.id;
  }

  get sessionTimeoutMs(): Millis {
    return this.#session.identity.timeoutMs;
  }

  get pendingCount(): number {
    return this.#session.pendingCount;
  }

  connected(options?: CallOptions): Promise<void> {
    return waitForConnection(this.#session, options?.signal);
  }

  onSessionEvent(listener: SessionListener): () => void {
    return this.#session.addListener(listener);
  }

  create(path: string, data?: ZnodeData, options: CreateOptions = {}): Promise<string> {
    return this.#perform(options, () => ({
      ...creationCall(creationRequest(this.#session.chroot, path, data, options), OpCode.CREATE),
      settle: (reply) => {
        requireOk(reply, path);
        // Where a Stat follows, the path is first all the same.
        return this.#session.chroot.toClient(jute.decodeCreateResponse(reply.body).path);
      },
    }));
  }

  createWithStat(path: string, data?: ZnodeData, options: CreateOptions = {}): Promise<CreatedZnode> {
    return this.#perform(options, () => ({
      ...creationCall(creationRequest(this.#session.chroot, path, data, options), OpCode.CREATE2),
      settle: (reply) => {
        requireOk(reply, path);
        const created = jute.decodeCreate2Response(reply.body);
        return { path: this.#session.chroot.toClient(created.path), stat: created.stat };
      },
    }));
  }

  delete(path: string, options: VersionOptions = {}): Promise<void> {
    return this.#perform(options, () => {
      const request = { path: this.#serverPath(path), version: options.version ?? ANY_VERSION };
      return {
        opCode: OpCode.DELETE,
        encode: (writer) => jute.encodeDeleteRequest(writer, request),
        settle: (reply) => requireOk(reply, path),
      };
    });
  }

  exists(path: string, options: ReadOptions = {}): Promise<Stat | undefined> {
    return this.#perform(options, () => ({
      ...this.#watchable(OpCode.EXISTS, path, options),
      settle: (reply) => {
        if (reply.error === ErrorCode.NONODE) {
          this.#watch('exist', path, options);
          return undefined;
        }
        return this.#settleRead('data', path, options, reply, jute.decodeExistsResponse).stat;
      },
    }));
  }

  getData(path: string, options: ReadOptions = {}): Promise<ZnodeWithStat> {
    return this.#perform(options, () => ({
      ...this.#watchable(OpCode.GET_DATA, path, options),
      settle: (reply) => {
        const { data, stat } = this.#settleRead('data', path, options, reply, jute.decodeGetDataResponse);
        // The frame's bytes are reused, and may be far more than the data.
        return { data: data?.slice() ?? null, stat };
      },
    }));
  }

  setData(path: string, data: ZnodeData, options: VersionOptions = {}): Promise<Stat> {
    return this.#perform(options, () => {
      const request = { path: this.#serverPath(path), data: bytesOf(data), version: options.version ?? ANY_VERSION };
      return {
        opCode: OpCode.SET_DATA,
        encode: (writer) => jute.encodeSetDataRequest(writer, request),
        settle: (reply) => {
          requireOk(reply, path);
          return jute.decodeSetDataResponse(reply.body).stat;
        },
      };
    });
  }

  getChildren(path: string, options: ReadOptions = {}): Promise<readonly string[]> {
    return this.#perform(options, () => ({
      ...this.#watchable(OpCode.GET_CHILDREN, path, options),
      settle: (reply) => this.#settleRead('child', path, options, reply, jute.decodeGetChildrenResponse).children,
    }));
  }

  getChildrenWithStat(path: string, options: ReadOptions = {}): Promise<ChildrenWithStat> {
    return this.#perform(options, () => ({
      ...this.#watchable(OpCode.GET_CHILDREN2, path, options),
      settle: (reply) => this.#settleRead('child', path, options, reply, jute.decodeGetChildren2Response),
    }));
  }

  getAcl(path: string, options: CallOptions = {}): Promise<AclWithStat> {
    return this.#perform(options, () => {
      const request = { path: this.#serverPath(path) };
      return {
        opCode: OpCode.GET_ACL,
        encode: (writer) => jute.encodeGetAclRequest(writer, request),
        settle: (reply) => {
          requireOk(reply, path);
          return jute.decodeGetAclResponse(reply.body);
        },
      };
    });
  }

  setAcl(path: string, acl: readonly Acl[], options: VersionOptions = {}): Promise<Stat> {
    return this.#perform(options, () => {
      const request = { path: this.#serverPath(path), acl, version: options.version ?? ANY_VERSION };
      return {
        opCode: OpCode.SET_ACL,
        encode: (writer) => jute.encodeSetAclRequest(writer, request),
        settle: (reply) => {
          requireOk(reply, path);
          return jute.decodeSetAclResponse(reply.body).stat;
        },
      };
    });
  }

  getEphemerals(prefix: string = '/', options: CallOptions = {}): Promise<readonly string[]> {
    return this.#perform(options, () => {
      // A prefix need not be a path: like a sequential name, it may end with a slash.
      const request = { prefixPath: this.#session.chroot.toServer(prefix, { sequential: true }) };
      return {
        opCode: OpCode.GET_EPHEMERALS,
        encode: (writer) => jute.encodeGetEphemeralsRequest(writer, request),
        settle: (reply) => {
          requireOk(reply, prefix);
          const { ephemerals } = jute.decodeGetEphemeralsResponse(reply.body);
          return ephemerals.map((path) => this.#session.chroot.toClient(path));
        },
      };
    });
  }

  getAllChildrenNumber(path: string, options: CallOptions = {}): Promise<number> {
    return this.#perform(options, () => {
      const request = { path: this.#serverPath(path) };
      return {
        opCode: OpCode.GET_ALL_CHILDREN_NUMBER,
        encode: (writer) => jute.encodeGetAllChildrenNumberRequest(writer, request),
        settle: (reply) => {
          requireOk(reply, path);
          return jute.decodeGetAllChildrenNumberResponse(reply.body).totalNumber;
        },
      };
    });
  }

  getConfig(options: ReadOptions = {}): Promise<EnsembleConfiguration> {
    return this.#perform(options, () => {
      const request = { path: CONFIG_PATH, watch: options.watch !== undefined };
      return {
        opCode: OpCode.GET_DATA,
        encode: (writer) => jute.encodeGetDataRequest(writer, request),
        settle: (reply) => {
          requireOk(reply, CONFIG_PATH);
          const configuration = configurationOf(jute.decodeGetDataResponse(reply.body));
          if (options.watch !== undefined) this.#session.watches.add('data', CONFIG_PATH, options.watch);
          return configuration;
        },
      };
    });
  }

  reconfig(change: EnsembleChange, options: ReconfigOptions = {}): Promise<EnsembleConfiguration> {
    return this.#perform(options, () => {
      const request = reconfigRequest(change, options.fromVersion ?? ANY_CONFIG_VERSION);
      return {
        opCode: OpCode.RECONFIG,
        encode: (writer) => jute.encodeReconfigRequest(writer, request),
        settle: (reply) => {
          requireOk(reply, CONFIG_PATH);
          return configurationOf(jute.decodeGetDataResponse(reply.body));
        },
      };
    });
  }

  addAuth(scheme: string, proof: Uint8Array | string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#session.addAuth({ scheme, auth: bytesOf(proof), onProven: resolve, onFailure: reject });
    });
  }

  whoAmI(options: CallOptions = {}): Promise<readonly jute.ClientInfo[]> {
    return this.#perform(options, () => ({
      opCode: OpCode.WHO_AM_I,
      encode: () => undefined,
      settle: (reply) => {
        requireOk(reply);
        return jute.decodeWhoAmIResponse(reply.body).clientInfo;
      },
    }));
  }

  addWatch(path: string, listener: WatchListener, options: WatchOptions = {}): Promise<void> {
    return this.#perform(options, () => {
      const serverPath = this.#serverPath(path);
      const kind = persistentKind(options);
      const mode = kind === 'persistentRecursive' ? AddWatchMode.PERSISTENT_RECURSIVE : AddWatchMode.PERSISTENT;
      return {
        opCode: OpCode.ADD_WATCH,
        encode: (writer) => jute.encodeAddWatchRequest(writer, { path: serverPath, mode }),
        settle: (reply) => {
          requireOk(reply, path);
          this.#session.watches.add(kind, serverPath, listener);
        },
      };
    });
  }

  removeWatch(path: string, options: WatchOptions = {}): Promise<void> {
    return this.#perform(options, () => {
      const serverPath = this.#serverPath(path);
      const kind = persistentKind(options);
      const type = kind === 'persistentRecursive' ? WatcherType.PERSISTENT_RECURSIVE : WatcherType.PERSISTENT;
      return {
        opCode: OpCode.REMOVE_WATCHES,
        encode: (writer) => jute.encodeRemoveWatchesRequest(writer, { path: serverPath, type }),
        settle: (reply) => {
          requireOk(reply, path);
          this.#session.watches.remove(kind, serverPath);
        },
      };
    });
  }

  sync(path: string, options: CallOptions = {}): Promise<void> {
    return this.#perform(options, () => {
      const request = { path: this.#serverPath(path) };
      return {
        opCode: OpCode.SYNC,
        encode: (writer) => jute.encodeSyncRequest(writer, request),
        settle: (reply) => requireOk(reply, path),
      };
    });
  }

  multi(operations: readonly TransactionOperation[], options: CallOptions = {}): Promise<readonly MultiResult[]> {
    return this.#perform(options, () => multiCall(this.#session.chroot, operations));
  }

  submit(opCode: number, encode: EncodeBody | undefined, handler: ReplyHandler): void {
    this.#session.submit(opCode, encode, handler);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  detach(): SessionTicket {
    return this.#session.detach();
  }

  #perform<T>(options: CallOptions, prepare: () => Call<T>): Promise<T> {
    return performCall(this.#session, options.signal, prepare);
  }

  #serverPath(path: string): string {
    return this.#session.chroot.toServer(path);
  }

  /** exists, getData and both getChildren send the same record. */
  #watchable(opCode: number, path: string, options: ReadOptions): Omit<Call<never>, 'settle'> {
    const request = { path: this.#serverPath(path), watch: options.watch !== undefined };
    return { opCode, encode: (writer) => jute.encodeGetDataRequest(writer, request) };
  }

  #settleRead<T>(
    kind: WatchKind,
    path: string,
    options: ReadOptions,
    reply: Reply,
    decode: (reader: jute.JuteReader) => T,
  ): T {
    requireOk(reply, path);
    const value = decode(reply.body);
    this.#watch(kind, path, options);
    return value;
  }

  /** In the same step as the reply is read, since the event may be the very next frame. */
  #watch(kind: WatchKind, path: string, options: ReadOptions): void {
    if (options.watch !== undefined) this.#session.watches.add(kind, this.#serverPath(path), options.watch);
  }
}

const persistentKind = ({ recursive }: WatchOptions): 'persistent' | 'persistentRecursive' =>
  recursive === true ? 'persistentRecursive' : 'persistent';

function waitForConnection(session: Session, signal: CallSignal | undefined): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    if (signal?.aborted === true) throw abortReason(signal);
    const onAbort = (): void => {
      takeBack();
      if (signal !== undefined) reject(abortReason(signal));
    };
    const stopListening = (): void => signal?.removeEventListener('abort', onAbort);
    signal?.addEventListener('abort', onAbort);
    const takeBack = session.waitForConnection({
      onConnected: () => {
        stopListening();
        resolve();
      },
      onFailure: (error) => {
        stopListening();
        reject(error);
      },
    });
  });
}
