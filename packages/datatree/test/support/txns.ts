// Makes txns as prep would, each with the next zxid.

import { encodeTxn, encodeTxnDigest, JuteWriter, type MultiTxnPart, type SimpleTxn, type Txn } from '@zebu/jute';
import { type Acl, OPEN_ACL_UNSAFE, OpCode, type SessionId, type TxnBytes, type Zxid } from '@zebu/protocol';
import type { WatchEventSink } from '../../src/index.ts';

export const NOBODY: WatchEventSink = { onWatchEvent: () => undefined };
export const START_TIME = 1_700_000_000_000;

export interface TxnOptions {
  readonly session?: bigint;
  readonly zxid?: bigint;
  readonly time?: number;
  readonly opCode?: number;
  readonly digest?: bigint;
  readonly digestVersion?: number;
}

export interface CreateOptions extends TxnOptions {
  readonly data?: Uint8Array | null;
  readonly acl?: readonly Acl[];
  readonly ephemeral?: boolean;
  readonly parentCVersion?: number;
}

/** The wire type of a txn that may have only one, or the usual one. */
export const OP_CODES: { readonly [Type in Txn['type']]: number } = {
  create: OpCode.CREATE,
  createContainer: OpCode.CREATE_CONTAINER,
  createTTL: OpCode.CREATE_TTL,
  delete: OpCode.DELETE,
  setData: OpCode.SET_DATA,
  setACL: OpCode.SET_ACL,
  check: OpCode.CHECK,
  error: OpCode.ERROR,
  createSession: OpCode.CREATE_SESSION,
  closeSession: OpCode.CLOSE_SESSION,
  multi: OpCode.MULTI,
};

export class TxnSource {
  /** Zxid of the txn made last. */
  zxid: bigint;
  time: number = START_TIME;

  constructor(zxid = 0x1_0000_0000n) {
    this.zxid = zxid;
  }

  make(txn: Txn, options: TxnOptions = {}): TxnBytes {
    this.zxid = options.zxid ?? this.zxid + 1n;
    this.time = options.time ?? this.time + 1;
    const header = {
      sessionId: (options.session ?? 1n) as SessionId,
      cxid: Number(this.zxid & 0xffffn),
      zxid: this.zxid as Zxid,
      time: this.time,
      type: options.opCode ?? OP_CODES[txn.type],
    };
    const writer = new JuteWriter();
    encodeTxn(writer, header, txn);
    if (options.digest !== undefined) encodeTxnDigest(writer, options.digestVersion ?? 2, options.digest);
    return writer.take();
  }

  create(path: string, options: CreateOptions = {}): TxnBytes {
    return this.make({ type: 'create', ...createdBy(path, options), ephemeral: options.ephemeral ?? false }, options);
  }

  delete(path: string, options: TxnOptions = {}): TxnBytes {
    return this.make({ type: 'delete', path }, options);
  }

  setData(path: string, data: Uint8Array | null, version: number, options: TxnOptions = {}): TxnBytes {
    return this.make({ type: 'setData', path, data, version }, options);
  }

  setAcl(path: string, acl: readonly Acl[], version: number, options: TxnOptions = {}): TxnBytes {
    return this.make({ type: 'setACL', path, acl, version }, options);
  }

  createSession(session: bigint, timeoutMs = 4000): TxnBytes {
    return this.make({ type: 'createSession', timeoutMs }, { session });
  }

  closeSession(session: bigint, paths: readonly string[] | undefined, options: TxnOptions = {}): TxnBytes {
    return this.make({ type: 'closeSession', paths }, { ...options, session });
  }

  multi(parts: readonly SimpleTxn[], options: TxnOptions = {}): TxnBytes {
    return this.make(
      { type: 'multi', parts: parts.map((txn): MultiTxnPart => ({ opCode: OP_CODES[txn.type], txn })) },
      options,
    );
  }

  error(error: number): TxnBytes {
    return this.make({ type: 'error', error });
  }
}

export const createdBy = (path: string, options: CreateOptions = {}) => ({
  path,
  data: options.data === undefined ? bytesOf('data') : options.data,
  acl: options.acl ?? OPEN_ACL_UNSAFE,
  parentCVersion: options.parentCVersion ?? -1,
});

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
