// The frame of a watch event. A znode with many watchers fires the same event for each in a row, so the last frame is kept.

import { JuteWriter } from '@zebu/jute';
import type { WatchEventType, Zxid } from '@zebu/protocol';
import { writeEvent } from './reply-frame.ts';

export class EventFrame {
  readonly #writer = new JuteWriter();
  #type: WatchEventType | undefined;
  #path = '';
  #zxid: Zxid | undefined;
  #frame: Uint8Array = new Uint8Array(0);

  of(type: WatchEventType, path: string, zxid: Zxid): Uint8Array {
    if (type === this.#type && path === this.#path && zxid === this.#zxid) return this.#frame;
    this.#type = type;
    this.#path = path;
    this.#zxid = zxid;
    this.#writer.reset();
    writeEvent(this.#writer, { type, path, zxid });
    this.#frame = this.#writer.take();
    return this.#frame;
  }
}
