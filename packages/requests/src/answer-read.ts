// Answers what changes nothing: the body of the response, or why there is none (ZooKeeper's FinalRequestProcessor).

import { encodeAclList, encodeWhoAmIResponse, JuteError, JuteReader, JuteWriter } from '@zebu/jute';
import type { ConnectionId, Identity } from '@zebu/interfaces';
import {
  type Acl,
  ErrorCode,
  InvariantError,
  NO_SESSION,
  OpCode,
  Permission,
  type SessionId,
  STAT_BYTES,
} from '@zebu/protocol';
import { type AccessControl, withoutDigests } from './access-control.ts';
import { ListingAnswer } from './answer-listing.ts';
import { MultiReadAnswer, type ReadRefusal } from './answer-multi-read.ts';
import { addWatch, checkWatches, removeWatches } from './answer-watches.ts';
import { type LongWork, NO_BYTES } from './long-work.ts';
import type { SliceSizes } from './slice-sizes.ts';
import type { ServedTree } from './tree-views.ts';

/** A client, as a read sees it. */
export interface Reading {
  readonly id: ConnectionId;
  readonly identities: readonly string[];
  readonly session: { readonly id: SessionId } | undefined;
}

export class ReadAnswerer {
  readonly #tree: ServedTree;
  readonly #access: AccessControl;
  readonly #slices: SliceSizes;
  readonly #reader = new JuteReader();

  constructor(tree: ServedTree, access: AccessControl, slices: SliceSizes) {
    this.#tree = tree;
    this.#access = access;
    this.#slices = slices;
  }

  /** Appends the body to `out`: of an error only a multiRead has one. What goes on with it when it is too much for one step. */
  answer(
    type: number,
    payload: Uint8Array,
    start: number,
    end: number,
    client: Reading,
    out: JuteWriter,
  ): ErrorCode | LongWork {
    this.#reader.reset(payload, start, end);
    try {
      return this.#answer(type, client, out);
    } catch (error) {
      // The request is read before anything is written, so nothing of a reply is lost.
      if (error instanceof JuteError) return ErrorCode.MARSHALLINGERROR;
      throw error;
    }
  }

  #answer(type: number, client: Reading, out: JuteWriter): ErrorCode | LongWork {
    switch (type) {
      case OpCode.GET_DATA: {
        const path = this.#readPath();
        const watcher = this.#readWatcher(client);
        return this.#refusal(path, client) ?? this.#tree.getData(path, out, watcher);
      }
      case OpCode.EXISTS:
        return this.#exists(this.#readPath(), client, out);
      case OpCode.GET_CHILDREN: {
        const path = this.#readPath();
        const watcher = this.#readWatcher(client);
        const early = this.#refusal(path, client) ?? this.#manyChildren(path, watcher, type);
        return early ?? this.#tree.getChildren(path, out, watcher);
      }
      case OpCode.GET_CHILDREN2: {
        const path = this.#readPath();
        const watcher = this.#readWatcher(client);
        const early = this.#refusal(path, client) ?? this.#manyChildren(path, watcher, type);
        return early ?? this.#tree.getChildren2(path, out, watcher);
      }
      case OpCode.GET_ACL:
        return this.#getAcl(this.#readPath(), client, out);
      default:
        return this.#answerRare(type, client, out);
    }
  }

  #answerRare(type: number, client: Reading, out: JuteWriter): ErrorCode | LongWork {
    switch (type) {
      case OpCode.SYNC:
        // SyncResponse repeats the path as it came, whatever it is; a null one, too.
        out.writeString(this.#reader.readString());
        return ErrorCode.OK;
      case OpCode.MULTI_READ:
        return this.#multiRead(client, out);
      case OpCode.GET_ALL_CHILDREN_NUMBER: {
        const path = this.#readPath();
        return this.#refusal(path, client) ?? this.#tree.getAllChildrenNumber(path, out);
      }
      case OpCode.GET_EPHEMERALS:
        return this.#getEphemerals(this.#reader.readString() ?? '', client.session?.id ?? NO_SESSION, out);
      case OpCode.ADD_WATCH:
        return addWatch(this.#tree, this.#reader, client.id, out);
      case OpCode.CHECK_WATCHES:
        return checkWatches(this.#tree, this.#reader, client.id);
      case OpCode.REMOVE_WATCHES:
        return removeWatches(this.#tree, this.#reader, client.id);
      case OpCode.WHO_AM_I:
        encodeWhoAmIResponse(out, {
          clientInfo: client.identities.map((identity) => this.#access.clientInfoOf(identity)),
        });
        return ErrorCode.OK;
      default:
        throw new InvariantError(`type ${type} is not a read`);
    }
  }

  #readPath(): string {
    const path = this.#reader.readString();
    if (path === null) throw new JuteError('path is null', this.#reader.offset);
    return path;
  }

  #readWatcher(client: Reading): ConnectionId | undefined {
    return this.#reader.readBool() ? client.id : undefined;
  }

  #manyChildren(path: string, watcher: ConnectionId | undefined, type: number): LongWork | undefined {
    const { entryCount } = this.#slices;
    if (this.#tree.childCountOf(path) <= entryCount) return undefined;
    const cursor = this.#tree.openChildren(path, watcher);
    const end = type === OpCode.GET_CHILDREN2 ? this.#statOf(path) : NO_BYTES;
    return cursor && new ListingAnswer(cursor, end, entryCount);
  }

  #getEphemerals(prefix: string, sessionId: SessionId, out: JuteWriter): ErrorCode | LongWork {
    const { entryCount } = this.#slices;
    if (!this.#tree.ownsMoreThan(sessionId, entryCount)) {
      return this.#tree.getEphemerals(prefix, sessionId, out);
    }
    return new ListingAnswer(this.#tree.openEphemerals(prefix, sessionId), NO_BYTES, entryCount);
  }

  #multiRead(client: Reading, out: JuteWriter): ErrorCode | LongWork {
    const { identities } = client;
    const refusalOf: ReadRefusal = (acl) => this.#readRefusal(acl, identities);
    const answer = new MultiReadAnswer(this.#tree, this.#reader, refusalOf, this.#slices);
    if (!answer.next(out)) return answer.outcome;
    answer.keep(this.#tree.openView());
    return answer;
  }

  /** A Stat, which is all that ExistsResponse is. */
  #statOf(path: string): Uint8Array {
    const out = new JuteWriter(STAT_BYTES);
    this.#tree.exists(path, out);
    return out.take();
  }

  #refusal(path: string, client: Reading): ErrorCode | undefined {
    return this.#readRefusal(this.#tree.aclOf(path), client.identities);
  }

  /** Of a path with this ACL; undefined for none, and for no refusal. */
  #readRefusal(acl: readonly Acl[] | undefined, identities: readonly Identity[]): ErrorCode | undefined {
    if (acl === undefined) return ErrorCode.NONODE;
    return this.#access.isPermitted(acl, Permission.READ, identities) ? undefined : ErrorCode.NOAUTH;
  }

  #exists(path: string, client: Reading, out: JuteWriter): ErrorCode {
    const watcher = this.#readWatcher(client);
    if (path.includes('\0')) return ErrorCode.BADARGUMENTS;
    // A missing znode may be watched by anyone.
    return this.#refusal(path, client) === ErrorCode.NOAUTH ? ErrorCode.NOAUTH : this.#tree.exists(path, out, watcher);
  }

  #getAcl(path: string, client: Reading, out: JuteWriter): ErrorCode {
    const acl = this.#tree.aclOf(path);
    if (acl === undefined) return ErrorCode.NONODE;
    if (this.#access.isPermitted(acl, Permission.ADMIN, client.identities)) return this.#tree.getAcl(path, out);
    if (!this.#access.isPermitted(acl, Permission.READ, client.identities)) return ErrorCode.NOAUTH;
    return this.#maskedAcl(path, acl, out);
  }

  #maskedAcl(path: string, acl: readonly Acl[], out: JuteWriter): ErrorCode {
    encodeAclList(out, withoutDigests(acl));
    // GetACLResponse ends with the Stat, which is all that ExistsResponse is.
    return this.#tree.exists(path, out);
  }
}
