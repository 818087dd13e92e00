// Runs the servers and shows how they are, until it is told to stop.

import { setTimeout as delay } from 'node:timers/promises';
import { type BoardServer, invitation } from './board.ts';
import { askFourLetterWord } from './four-letter-word.ts';
import type { ServerLayout } from './layout.ts';
import { ServerProcess } from './server-process.ts';
import { isNews, type ServerStatus, statusOfMntr } from './status.ts';

/** What the ensemble is shown on: a board, or lines. */
export interface Display {
  /** Called after every look at the servers. */
  show(servers: readonly BoardServer[]): void;
  /** Something about one server changed that is worth a line. */
  news(server: BoardServer): void;
  /** Every server serves, for the first time. */
  ready(lines: readonly string[]): void;
}

const LOOK_INTERVAL_MS = 300;
/** Servers stop within 2 s; what is left then is ended. */
const STOP_PATIENCE_MS = 1900;

export class Ensemble {
  readonly #processes: readonly ServerProcess[];
  readonly #display: Display;
  readonly #statuses = new Map<number, ServerStatus>();
  readonly #stop = new AbortController();
  #announced = false;

  constructor(layouts: readonly ServerLayout[], mainFile: string, display: Display) {
    this.#display = display;
    this.#processes = layouts.map((layout) => new ServerProcess(layout, mainFile));
  }

  /** Resolves with the exit code: 0 when it was stopped, 1 when no server is left. */
  async run(): Promise<number> {
    while (!this.#stop.signal.aborted) {
      await this.#look();
      if (this.#processes.every((server) => server.exit !== undefined)) return 1;
      await delay(LOOK_INTERVAL_MS, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
    await this.#end();
    return 0;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #look(): Promise<void> {
    const servers = await Promise.all(this.#processes.map((server) => this.#lookAt(server)));
    if (this.#stop.signal.aborted) return;
    for (const server of servers) {
      const before = this.#statuses.get(server.layout.id);
      this.#statuses.set(server.layout.id, server.status);
      if (isNews(before, server.status)) this.#display.news(server);
    }
    this.#display.show(servers);
    if (this.#announced || !servers.every(({ status }) => status.type === 'serving')) return;
    this.#announced = true;
    this.#display.ready(invitation(servers.map(({ layout }) => layout)));
  }

  async #lookAt(server: ServerProcess): Promise<BoardServer> {
    const { layout } = server;
    if (server.exit !== undefined) return { layout, status: server.exit };
    try {
      return { layout, status: statusOfMntr(await askFourLetterWord(layout.clientPort, 'mntr')) };
    } catch {
      return { layout, status: server.exit ?? { type: 'starting' } };
    }
  }

  async #end(): Promise<void> {
    for (const server of this.#processes) server.kill('SIGTERM');
    const exited = Promise.all(this.#processes.map((server) => server.exited));
    const patience = new AbortController();
    const tooLong = delay(STOP_PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([exited, tooLong]);
    patience.abort();
    for (const server of this.#processes) server.kill('SIGKILL');
    await exited;
  }
}
