// Numbers the requests of a session. It goes on over reconnects: a server may still commit what an earlier connection
// sent, and must not take it for the new connection's request of the same number.

/** ClientCnxn.getXid: never negative, since those numbers have meanings of their own. */
const LARGEST_XID = 0x7fff_ffff;

export class XidCounter {
  #upcoming: number;

  constructor(first: number = 1) {
    this.#upcoming = first;
  }

  /** What `next` will give. */
  get upcoming(): number {
    return this.#upcoming;
  }

  next(): number {
    const xid = this.#upcoming;
    this.#upcoming = this.after(xid);
    return xid;
  }

  after(xid: number): number {
    return xid === LARGEST_XID ? 1 : xid + 1;
  }
}
