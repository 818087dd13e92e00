// Asks a server one four-letter word.

import { connect } from 'node:net';
import { HOST } from './layout.ts';

const PATIENCE_MS = 1000;

/** Rejects when nobody listens, or nobody answers in time. */
export function askFourLetterWord(port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: HOST, port }, () => socket.end(word));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`no answer to ${word}`)));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}
