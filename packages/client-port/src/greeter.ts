// What becomes of a connection before its first frame: it speaks plainly, or a handshake is begun, or its first byte decides.

import type { Socket } from 'node:net';
import type { ClientSocket } from './client-socket.ts';
import { onFirstByte } from './first-byte.ts';
import type { LimitedLog } from './limited-log.ts';
import type { ListenerOptions } from './listener.ts';
import type { ClientPortOptions } from './options.ts';
import type { PortStatistics } from './port-statistics.ts';
import { type Refused, SecureDoor } from './secure-door.ts';

export class Greeter {
  readonly #statistics: PortStatistics;
  readonly #log: LimitedLog;
  readonly #door: SecureDoor | undefined;
  readonly #maxHandshakeCount: number;

  constructor(
    { secure, maxOutstandingHandshakes }: ClientPortOptions,
    parts: { readonly statistics: PortStatistics; readonly log: LimitedLog },
  ) {
    this.#statistics = parts.statistics;
    this.#log = parts.log;
    this.#door = secure === undefined ? undefined : new SecureDoor(secure);
    this.#maxHandshakeCount = maxOutstandingHandshakes ?? Number.POSITIVE_INFINITY;
  }

  /** Whether it can make handshakes. */
  get isSecure(): boolean {
    return this.#door !== undefined;
  }

  greet(client: ClientSocket, socket: Socket, speech: ListenerOptions['speech']): void {
    if (speech === 'plain') return this.#speakPlainly(client, socket);
    onFirstByte(socket, (first) => {
      // A health check of a load balancer: no failure, and no line every second.
      if (first === 'nothing') client.destroy();
      else if (first === 'tls') this.#speakSecurely(client, socket);
      else if (speech === 'either') this.#speakPlainly(client, socket);
      else this.#onRefused(client, { reason: 'handshake', problem: 'it does not begin with a TLS handshake' });
    });
  }

  close(): void {
    this.#door?.close();
  }

  #speakPlainly(client: ClientSocket, socket: Socket): void {
    this.#statistics.countPlain(client.host);
    client.serve(socket, []);
  }

  /** The time until the first frame is that for the handshake, too. */
  #speakSecurely(client: ClientSocket, socket: Socket): void {
    const statistics = this.#statistics;
    if (statistics.outstandingHandshakeCount >= this.#maxHandshakeCount) {
      statistics.exceededHandshakeCount++;
      return client.destroy();
    }
    const onOver = this.#beginHandshake(socket);
    this.#door?.admit(socket, {
      onAdmitted: (admitted) => {
        onOver();
        client.serve(admitted.socket, admitted.identities);
      },
      onRefused: (refused) => this.#onRefused(client, refused),
    });
  }

  #onRefused(client: ClientSocket, { reason, problem }: Refused): void {
    if (reason === 'handshake') this.#statistics.failedHandshakeCount++;
    else this.#statistics.refusedIdentityCount++;
    this.#log.warn('a client was refused by TLS', { remoteAddress: client.address, problem });
    client.destroy();
  }

  /** Answers what is to be called at its good end; at any other the connection closes. */
  #beginHandshake(socket: Socket): () => void {
    const statistics = this.#statistics;
    statistics.outstandingHandshakeCount++;
    const onOver = (): void => {
      statistics.outstandingHandshakeCount--;
      socket.off('close', onOver);
    };
    socket.on('close', onOver);
    return onOver;
  }
}
