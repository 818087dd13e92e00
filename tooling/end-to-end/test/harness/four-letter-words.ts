// Answers to four-letter words with their values taken out: what is left is the format, which tools parse.

import { connect } from 'node:net';

/** As fourLetterWord, with bytes behind the word. */
export function ask(port: number, word: string, argument = new Uint8Array(0)): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    const chunks: Buffer[] = [];
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer to ${word}`)));
    socket.on('connect', () => socket.write(Buffer.concat([Buffer.from(word), argument])));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

const DATE = /[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \S+ \d{4}/g;

/** Dates, hexadecimal and decimal numbers become their kind. */
export const shapeOf = (text: string): string =>
  text
    .replace(DATE, 'DATE')
    .replace(/^Zookeeper version: .*$/m, 'Zookeeper version: VERSION')
    .replace(/^(data(?:Log)?Dir)=.*$/gm, '$1=PATH')
    .replace(/\d+ms\b/g, 'Nms')
    .replace(/0x[0-9a-f]+/g, 'HEX')
    .replace(/-?\d+\.\d+(?=\/|$)/gm, 'DOUBLE')
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/-?\b\d+\b/g, 'N');

/** The kinds of lines, for what has the order of a hash map, or differs in how many there are. */
export const linesOf = (text: string): string[] => [...new Set(text.split('\n'))].sort();

export const namesOf = (text: string, separator: '=' | '\t'): string[] =>
  text
    .split('\n')
    .filter((line) => line.includes(separator))
    .map((line) => line.slice(0, line.indexOf(separator)));
