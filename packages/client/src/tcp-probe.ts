// Asks a server over TCP whether it serves writes: the four-letter word `isro`, which servers with readonlymode.enabled answer unlisted.

import { connect } from 'node:net';
import type { ReadWriteProbe } from './read-write-search.ts';

const READ_WRITE = 'rw';
/** It answers two letters or one line; who says more is no server of ours. */
const LONGEST_ANSWER = 1024;

export const tcpProbe: ReadWriteProbe = (server, signal) =>
  new Promise((resolve) => {
    const socket = connect({ host: server.host, port: server.port, noDelay: true });
    const onAbort = (): void => void socket.destroy();
    signal.addEventListener('abort', onAbort);
    let answer = '';
    socket.setEncoding('latin1');
    socket.once('connect', () => socket.write('isro'));
    socket.on('data', (text) => {
      answer += text;
      if (answer.length > LONGEST_ANSWER) socket.destroy();
    });
    // Its end follows, and there is nothing to say about why.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(answer.trim() === READ_WRITE);
    });
    if (signal.aborted) onAbort();
  });
