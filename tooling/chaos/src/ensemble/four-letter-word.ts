// Asks a server one four-letter word, wherever its host is.

import { connect } from 'node:net';
import type { ServerAddress } from '@zebu/protocol';

const PATIENCE_MS = 1000;

/** Undefined when nobody listens, or nobody answers in time. */
export function fourLetterWord({ host, port }: ServerAddress, word: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host, port }, () => socket.end(word));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    // A connection that fails closes, too.
    socket.once('error', () => {});
    socket.once('close', () => resolve(chunks.length === 0 ? undefined : Buffer.concat(chunks).toString()));
  });
}
