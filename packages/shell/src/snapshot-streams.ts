// Snapshots on their way to and from other servers. A stream and the core's wish for it come in either order.

import type { LinkId, QuorumTransport, SnapshotStore } from '@zebu/interfaces';
import type { PeerEffect, PeerInput } from '@zebu/peer';
import type { Zxid } from '@zebu/protocol';

type Cursor = Extract<PeerEffect, { type: 'sendSnapshot' }>['cursor'];

/** About a millisecond of encoding. */
const SLICE_BYTES = 64 * 1024;

export class SnapshotStreams {
  readonly #transport: QuorumTransport;
  readonly #store: SnapshotStore;
  readonly #post: (input: PeerInput) => void;
  readonly #offered = new Map<LinkId, AsyncIterable<Uint8Array>>();
  readonly #wanted = new Map<LinkId, Zxid>();

  constructor(transport: QuorumTransport, store: SnapshotStore, post: (input: PeerInput) => void) {
    this.#transport = transport;
    this.#store = store;
    this.#post = post;
  }

  async send(link: LinkId, cursor: Cursor): Promise<void> {
    try {
      await this.#transport.sendSnapshot(link, this.#reporting(link, slices(cursor)));
      this.#post({ type: 'snapshotSent', link });
    } catch (error) {
      this.#post({ type: 'snapshotFailed', link, reason: String(error) });
    } finally {
      cursor.close();
    }
  }

  async offered(link: LinkId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    this.#offered.set(link, chunks);
    await this.#maybeReceive(link);
  }

  async wanted(link: LinkId, zxid: Zxid): Promise<void> {
    this.#wanted.set(link, zxid);
    await this.#maybeReceive(link);
  }

  forget(link: LinkId): void {
    this.#offered.delete(link);
    this.#wanted.delete(link);
  }

  async #maybeReceive(link: LinkId): Promise<void> {
    const chunks = this.#offered.get(link);
    const zxid = this.#wanted.get(link);
    if (chunks === undefined || zxid === undefined) return;
    this.forget(link);
    try {
      await this.#store.receive(zxid, this.#reporting(link, chunks));
      this.#post({ type: 'snapshotReceived', link });
    } catch (error) {
      this.#post({ type: 'snapshotFailed', link, reason: String(error) });
    }
  }

  /** Progress, not elapsed time, satisfies initLimit: each slice is told to the core. */
  async *#reporting(link: LinkId, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      yield chunk;
      this.#post({ type: 'snapshotProgress', link });
    }
  }
}

/** The cursor's body, sliced, closed at the end. */
export async function* slices(cursor: Cursor): AsyncIterable<Uint8Array> {
  try {
    for (let slice = cursor.next(SLICE_BYTES); slice !== undefined; slice = cursor.next(SLICE_BYTES)) yield slice;
  } finally {
    cursor.close();
  }
}
