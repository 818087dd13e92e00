// `gtmk` and `stmk`: what ZooTrace would write to the log, as a decimal Java long. It is kept and shown; nothing here traces by it.

/** Client requests, packets between servers, sessions, warnings (ZooTrace.DEFAULT). */
const DEFAULT = 306n;

export class TraceMask {
  #mask = DEFAULT;

  text(): string {
    return `${this.#mask}`;
  }

  /** Eight bytes, big-endian. Answers the mask, as SetTraceMaskCommand does. */
  set(bytes: Uint8Array): string {
    this.#mask = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigInt64(0);
    return this.text();
  }
}
