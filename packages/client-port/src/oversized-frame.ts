// A request above jute.maxbuffer that can still be answered: its header is delivered, and the rest read and dropped, so that
// the answer reaches a client that reads nothing before it has written all. ZooKeeper closes the connection at once.

/** Times jute.maxbuffer: a client that sends more is disconnected without an answer. */
const MAX_DRAINED_FRAMES = 16;

export class OversizedFrame {
  /** xid and type: enough for a reply. */
  static readonly KEPT_BYTES = 8;

  readonly #maxDrainedBytes: number;
  #drainedBytes = 0;
  #isDraining = false;

  constructor(maxFrameBytes: number) {
    this.#maxDrainedBytes = MAX_DRAINED_FRAMES * maxFrameBytes;
  }

  /** Nothing of the connection is delivered any more. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  mayDrain(length: number): boolean {
    return length <= this.#maxDrainedBytes;
  }

  /** Drops so many bytes; says why if they were too many. */
  drain(byteCount: number): string | undefined {
    this.#isDraining = true;
    this.#drainedBytes += byteCount;
    return this.#drainedBytes > this.#maxDrainedBytes
      ? `more than ${this.#maxDrainedBytes} bytes in and behind an oversized request`
      : undefined;
  }
}
