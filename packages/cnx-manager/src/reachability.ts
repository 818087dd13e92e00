// Whether a host still answers: a connection there, or the word that nobody listens, is an answer (MultipleAddresses.checkIfAddressIsReachable, which
// has ICMP for it).

import { connect, type Socket } from 'node:net';
import type { Clock } from '@zebu/interfaces';
import type { ServerAddress } from '@zebu/protocol';

export interface ReachabilityOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Every socket that is not closed yet. */
  readonly sockets: Set<Socket>;
}

/** Calls back once, and not from within the call; not at all when the socket is destroyed by its owner. */
export function checkReachable(
  address: ServerAddress,
  options: ReachabilityOptions,
  done: (isReachable: boolean) => void,
): void {
  const { clock, timeoutMs, sockets } = options;
  const socket = connect(address);
  const timer = clock.setTimer(clock.now() + timeoutMs, () => finish(false));
  let isOver = false;
  function finish(isReachable: boolean): void {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    done(isReachable);
  }
  sockets.add(socket);
  socket.once('close', () => {
    timer.cancel();
    sockets.delete(socket);
  });
  socket.once('connect', () => finish(true));
  socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED'));
}
