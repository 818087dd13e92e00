// Reaches servers over TCP as any client does, and shows what comes back to whoever records it.

import { tcpDialer } from '@zebu/client';
import type { ClientDialer } from '@zebu/interfaces';
import type { ServerId } from '@zebu/protocol';
import { type ReplyHeader, replyHeaders } from '@zebu/simulator/clients';
import type { Host } from '../ensemble/place.ts';

const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const LENGTH_BYTES = 4;

export class Dialling {
  readonly #hosts: readonly Host[];
  /** What breaks each open connection, by server. */
  readonly #breakers = new Map<ServerId, Set<() => void>>();

  constructor(hosts: readonly Host[]) {
    this.#hosts = hosts;
  }

  serverAt({ host, port }: { readonly host: string; readonly port: number }): ServerId {
    const found = this.#hosts.find(({ address, ports }) => address === host && ports.client === port);
    if (found === undefined) throw new Error(`no server at ${host}:${port}`);
    return found.id;
  }

  /** As if the network lost the connections of all clients of this server. */
  breakAll(server: ServerId): void {
    for (const breakIt of this.#breakersOf(server)) breakIt();
  }

  /** `onReply` sees replies and events before the client does; not the answer to the connect request. */
  dialer(onReply: (server: ServerId, header: ReplyHeader) => void): ClientDialer {
    const dial = tcpDialer({ maxFrameBytes: MAX_FRAME_BYTES });
    return async (address, handler, signal) => {
      const server = this.serverAt(address);
      let hasSession = false;
      let isOver = false;
      const close = (error: Error | undefined): void => {
        if (isOver) return;
        isOver = true;
        this.#breakersOf(server).delete(breakIt);
        handler.onClose(error);
      };
      const breakIt = (): void => {
        connection.close();
        close(undefined);
      };
      const connection = await dial(
        address,
        {
          onFrames: (frames) => {
            if (isOver) return;
            const replies = hasSession ? frames : behindFirst(frames);
            hasSession = true;
            for (const header of replyHeaders(replies)) onReply(server, header);
            handler.onFrames(frames);
          },
          onClose: close,
        },
        signal,
      );
      this.#breakersOf(server).add(breakIt);
      return {
        send: (bytes) => connection.send(bytes),
        close: () => {
          isOver = true;
          this.#breakersOf(server).delete(breakIt);
          connection.close();
        },
      };
    };
  }

  #breakersOf(server: ServerId): Set<() => void> {
    let breakers = this.#breakers.get(server);
    if (breakers === undefined) {
      breakers = new Set();
      this.#breakers.set(server, breakers);
    }
    return breakers;
  }
}

function behindFirst(frames: Uint8Array): Uint8Array {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  return frames.subarray(LENGTH_BYTES + view.getInt32(0));
}
