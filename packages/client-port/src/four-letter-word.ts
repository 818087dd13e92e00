// Tells a four-letter word from the length of a frame: the first four bytes of a connection may be either.

/** Every word that ZooKeeper 3.9 knows (FourLetterCommands), answered here or not. */
const KNOWN_WORDS: ReadonlySet<string> = new Set(
  'conf cons crst dirs dump envi gtmk ruok stmk srst srvr stat wchc wchp wchs mntr isro hash'.split(' '),
);

/** The word in the first four of `bytes`; undefined when they are a length. As a length, every word is above any sensible limit. */
export function fourLetterWordOf(bytes: Uint8Array): string | undefined {
  const word = String.fromCharCode(...bytes.subarray(0, 4));
  return KNOWN_WORDS.has(word) ? word : undefined;
}

/** `stmk` is followed by the mask, a Java long. */
export const argumentBytesOf = (word: string): number => (word === 'stmk' ? 8 : 0);

/** ZooKeeper's own line for a word outside 4lw.commands.whitelist (ZOOKEEPER-2693). */
export const refusalOf = (word: string): string => `${word} is not executed because it is not in the whitelist.\n`;
