import { createConnection } from 'node:net';

/** What the server answers; undefined when it cannot be reached. */
export function fourLetterWord(port: number, word: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const chunks: Buffer[] = [];
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('connect', () => socket.write(word));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}
