// The oracle as a file (oraclePath): its first character is 1 where this server may go on alone. Whoever writes it watches both servers.

import { open } from 'node:fs/promises';
import type { Logger, QuorumOracle } from '@zebu/interfaces';

export interface OracleFileOptions {
  readonly path: string;
  readonly intervalMs: number;
}

const YES = '1'.charCodeAt(0);

export const createOracleFile = (options: OracleFileOptions, logger: Logger): QuorumOracle =>
  new OracleFile(options, logger);

class OracleFile implements QuorumOracle {
  readonly #options: OracleFileOptions;
  readonly #logger: Logger;
  #answer: boolean | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: OracleFileOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
  }

  start(onAnswer: (grants: boolean) => void): void {
    this.#asking = this.#ask(onAnswer);
  }

  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    return this.#asking;
  }

  async #ask(onAnswer: (grants: boolean) => void): Promise<void> {
    const answer = await this.#read();
    if (this.#closed) return;
    if (answer !== this.#answer) {
      this.#answer = answer;
      this.#logger.info('the oracle answers', { path: this.#options.path, grants: answer });
      onAnswer(answer);
    }
    this.#timer = setTimeout(() => {
      this.#asking = this.#ask(onAnswer);
    }, this.#options.intervalMs);
  }

  /** No, where there is no file, or none that can be read. */
  async #read(): Promise<boolean> {
    try {
      const file = await open(this.#options.path);
      try {
        const { bytesRead, buffer } = await file.read(new Uint8Array(1), 0, 1, 0);
        return bytesRead === 1 && buffer[0] === YES;
      } finally {
        await file.close();
      }
    } catch {
      return false;
    }
  }
}
