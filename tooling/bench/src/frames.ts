// Frames as clients send them, many in one array, as a socket delivers them.

import {
  encodeAddWatchRequest,
  encodeCreateRequest,
  encodeExistsRequest,
  encodeGetChildrenRequest,
  encodeMultiReadRequest,
  encodeRequestHeader,
  encodeSetDataRequest,
  encodeSetWatches,
  JuteWriter,
} from '@zebu/jute';
import { type AddWatchMode, CreateMode, OPEN_ACL_UNSAFE, OpCode, type Zxid } from '@zebu/protocol';

const DATA = new Uint8Array(100);

export class Frames {
  readonly #writer = new JuteWriter();
  #xid = 0;

  existsWatched(path: string): this {
    return this.#frame(OpCode.EXISTS, (writer) => encodeExistsRequest(writer, { path, watch: true }));
  }

  getData(path: string, watch: boolean): this {
    return this.#frame(OpCode.GET_DATA, (writer) => encodeExistsRequest(writer, { path, watch }));
  }

  addWatch(path: string, mode: AddWatchMode): this {
    return this.#frame(OpCode.ADD_WATCH, (writer) => encodeAddWatchRequest(writer, { path, mode }));
  }

  create(path: string, flags: CreateMode = CreateMode.PERSISTENT): this {
    return this.#frame(OpCode.CREATE, (writer) =>
      encodeCreateRequest(writer, { path, data: DATA, acl: OPEN_ACL_UNSAFE, flags }),
    );
  }

  setData(path: string): this {
    return this.#frame(OpCode.SET_DATA, (writer) => encodeSetDataRequest(writer, { path, data: DATA, version: -1 }));
  }

  getChildren(path: string): this {
    return this.#frame(OpCode.GET_CHILDREN, (writer) => encodeGetChildrenRequest(writer, { path, watch: false }));
  }

  multiRead(paths: readonly string[], type: 'getData' | 'getChildren' = 'getData'): this {
    const parts = paths.map((path) => ({ type, path }));
    return this.#frame(OpCode.MULTI_READ, (writer) => encodeMultiReadRequest(writer, parts));
  }

  /** Of a client that saw the znodes created and nothing since: half of the paths are told, half watched. */
  setWatches(paths: readonly string[]): this {
    const relativeZxid = BigInt(2 ** 32 + 4 + (paths.length >> 1)) as Zxid;
    const watches = { relativeZxid, dataWatches: paths, existWatches: [], childWatches: [] };
    return this.#frame(OpCode.SET_WATCHES, (writer) => encodeSetWatches(writer, watches));
  }

  /** All since the last call. */
  take(): Uint8Array {
    return this.#writer.take();
  }

  #frame(type: number, encode: (writer: JuteWriter) => void): this {
    const start = this.#writer.reserve(4);
    encodeRequestHeader(this.#writer, { xid: ++this.#xid, type });
    encode(this.#writer);
    this.#writer.patchInt(start, this.#writer.length - start - 4);
    return this;
  }
}
