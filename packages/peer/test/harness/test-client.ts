// A client as values: frames in, frames out, through one server of a FakeEnsemble.

import type { ConnectionId } from '@zebu/interfaces';
import {
  decodeConnectResponse,
  decodeReplyHeader,
  decodeWatcherEvent,
  encodeConnectRequest,
  encodeCreateRequest,
  encodeDeleteRequest,
  encodeGetDataRequest,
  encodeReconfigRequest,
  encodeRequestHeader,
  encodeSyncRequest,
  JuteReader,
  JuteWriter,
} from '@zebu/jute';
import { CreateMode, OPEN_ACL_UNSAFE, OpCode, type SessionId, Xid, ZERO_ZXID } from '@zebu/protocol';
import type { FakeEnsemble, Server } from './ensemble.ts';

export interface Reply {
  readonly xid: number;
  readonly zxid: bigint;
  readonly error: number;
  readonly body: JuteReader;
}

let connectionCount = 0;

export class TestClient {
  readonly #ensemble: FakeEnsemble;
  readonly #server: Server;
  readonly #connection: ConnectionId;
  #consumed = 0;
  #xid = 0;
  sessionId = 0n as SessionId;
  password: Uint8Array | null = new Uint8Array(16);
  /** As the server said. */
  isReadOnly = false;
  readonly replies: Reply[] = [];
  readonly events: { readonly type: number; readonly path: string }[] = [];

  constructor(
    ensemble: FakeEnsemble,
    server: number,
    session?: TestClient,
    timeoutMs = 10_000,
    readOnly = false,
    lastZxidSeen = ZERO_ZXID,
  ) {
    this.#ensemble = ensemble;
    this.#server = ensemble.server(server);
    this.#connection = ++connectionCount as ConnectionId;
    if (session !== undefined) {
      this.sessionId = session.sessionId;
      this.password = session.password;
    }
    ensemble.post(this.#server, {
      type: 'clientConnected',
      connection: this.#connection,
      remoteAddress: 'test',
      identities: [],
    });
    this.#send((writer) =>
      encodeConnectRequest(writer, {
        protocolVersion: 0,
        lastZxidSeen,
        timeoutMs,
        sessionId: this.sessionId,
        password: this.password,
        readOnly,
      }),
    );
  }

  /** Waits for the session; false when it was refused. */
  connect(): boolean {
    this.#ensemble.run({ until: () => this.#frames().length > 0 });
    const [frame] = this.#takeFrames();
    const response = decodeConnectResponse(frame as JuteReader);
    this.sessionId = response.sessionId;
    this.password = response.password;
    this.isReadOnly = response.readOnly ?? false;
    return response.timeoutMs > 0;
  }

  get closed(): boolean {
    return this.#server.closed.has(this.#connection);
  }

  create(path: string, data = '', flags = 0): number {
    return this.#request(OpCode.CREATE, (writer) =>
      encodeCreateRequest(writer, { path, data: new TextEncoder().encode(data), acl: OPEN_ACL_UNSAFE, flags }),
    );
  }

  createContainer(path: string): number {
    return this.#request(OpCode.CREATE_CONTAINER, (writer) =>
      encodeCreateRequest(writer, { path, data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.CONTAINER }),
    );
  }

  delete(path: string): number {
    return this.#request(OpCode.DELETE, (writer) => encodeDeleteRequest(writer, { path, version: -1 }));
  }

  getData(path: string, watch = false): number {
    return this.#request(OpCode.GET_DATA, (writer) => encodeGetDataRequest(writer, { path, watch }));
  }

  /** Comma-separated, as clients send it. */
  reconfig(change: { joining?: string; leaving?: string; members?: string; from?: bigint }): number {
    return this.#request(OpCode.RECONFIG, (writer) =>
      encodeReconfigRequest(writer, {
        joiningServers: change.joining ?? null,
        leavingServers: change.leaving ?? null,
        newMembers: change.members ?? null,
        currentConfigId: change.from ?? -1n,
      }),
    );
  }

  sync(path = '/'): number {
    return this.#request(OpCode.SYNC, (writer) => encodeSyncRequest(writer, { path }));
  }

  close(): number {
    return this.#request(OpCode.CLOSE_SESSION, () => undefined);
  }

  ping(): void {
    this.#send((writer) => encodeRequestHeader(writer, { xid: Xid.PING, type: OpCode.PING }));
  }

  /** What has been answered so far. */
  poll(): readonly Reply[] {
    for (const reader of this.#takeFrames()) {
      const header = decodeReplyHeader(reader);
      if (header.xid === Xid.NOTIFICATION) {
        const event = decodeWatcherEvent(reader);
        this.events.push({ type: event.type, path: event.path });
      } else {
        this.replies.push({ ...header, body: reader });
      }
    }
    return this.replies;
  }

  reply(xid: number): Reply | undefined {
    return this.poll().find((reply) => reply.xid === xid);
  }

  /** Runs the world until the request is answered. */
  await(xid: number): Reply {
    this.#ensemble.run({ until: () => this.reply(xid) !== undefined });
    return this.reply(xid) as Reply;
  }

  #request(type: number, body: (writer: JuteWriter) => void): number {
    const xid = ++this.#xid;
    this.#send((writer) => {
      encodeRequestHeader(writer, { xid, type });
      body(writer);
    });
    return xid;
  }

  #send(body: (writer: JuteWriter) => void): void {
    const writer = new JuteWriter();
    const length = writer.reserve(4);
    body(writer);
    writer.patchInt(length, writer.length - 4);
    this.#ensemble.post(this.#server, { type: 'clientFrames', connection: this.#connection, frames: writer.take() });
  }

  #frames(): Uint8Array[] {
    return (this.#server.sent.get(this.#connection) ?? []).slice(this.#consumed);
  }

  #takeFrames(): JuteReader[] {
    const frames: JuteReader[] = [];
    for (const bytes of this.#frames()) {
      this.#consumed++;
      const reader = new JuteReader(bytes);
      while (reader.remaining > 0) {
        const length = reader.readInt();
        frames.push(new JuteReader(bytes, reader.offset, reader.offset + length));
        reader.skip(length);
      }
    }
    return frames;
  }
}
