// The life of the process: configuration, start, signals, end. Every way out goes through #exit, with the code that QuorumPeerMain has for it.

import { setTimeout as delay } from 'node:timers/promises';
import { configFromArguments, type ServerConfig } from '@zebu/config';
import type { ServerShell } from '@zebu/shell';
import { composeServer } from './compose.ts';
import { EXIT_CODE, endingOf, type ExitCode, isBug, reasonOf } from './exit-code.ts';
import type { ServerLog } from './server-log.ts';
import { VERSION } from './version.ts';

/** A stop that takes longer is cut short, so that the whole takes less than two seconds. */
const STOP_PATIENCE_MS = 1600;
/** For the reader of the log to take the last lines. */
const LAST_LINES_PATIENCE_MS = 200;

export class ServerProcess {
  readonly #log: ServerLog;
  #shell: ServerShell | undefined;
  #ending = false;

  constructor(log: ServerLog) {
    this.#log = log;
  }

  /** Never rejects: what goes wrong ends the process. */
  async run(args: readonly string[]): Promise<void> {
    process.on('uncaughtException', (error) => this.#fail(error));
    process.on('unhandledRejection', (error) => this.#fail(error));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void this.#stop(signal));
    if (process.platform !== 'win32') process.on('SIGUSR2', () => void this.#handOver());
    try {
      await this.#start(configFromArguments(args));
    } catch (error) {
      this.#fail(error);
    }
  }

  async #start(config: ServerConfig): Promise<void> {
    if (!config.standalone) this.#log.identify({ myid: config.serverId });
    for (const warning of config.warnings) this.#log.warn(warning);
    const shell = await composeServer(config, this.#log, (error) => this.#fail(error));
    this.#shell = shell;
    await shell.start();
    this.#log.info(describe(config), {
      version: VERSION,
      dataDir: config.storage.dataDir,
      dataLogDir: config.storage.dataLogDir,
    });
  }

  /** On a leader: another server leads, and this one goes on as its follower. */
  async #handOver(): Promise<void> {
    if (this.#ending) return;
    const outcome = await this.#shell?.transferLeadership();
    if (outcome?.ok === true) this.#log.info('leadership handed over', { to: outcome.successor });
    else this.#log.warn('leadership not handed over', { reason: outcome?.reason ?? 'this server starts' });
  }

  /** A second signal changes nothing: the first one's stop is short enough. */
  async #stop(signal: string): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    this.#log.info('stopping', { signal });
    const patience = setTimeout(() => {
      this.#log.error('stopping took too long; what was acknowledged is on disk', { limitMs: STOP_PATIENCE_MS });
      this.#exit(EXIT_CODE.unexpectedError);
    }, STOP_PATIENCE_MS);
    try {
      await this.#shell?.stop();
      clearTimeout(patience);
      this.#log.info('stopped');
      await Promise.race([this.#log.drain(), delay(LAST_LINES_PATIENCE_MS)]);
      this.#exit(EXIT_CODE.finished);
    } catch (error) {
      this.#log.error('stopping failed', { error: reasonOf(error) });
      this.#exit(EXIT_CODE.unexpectedError);
    }
  }

  /** Nothing is closed with care: after a broken invariant every further step is a guess, and the log on disk is the truth. */
  #fail(error: unknown): void {
    if (this.#ending) return;
    this.#ending = true;
    const { code, notice } = endingOf(error);
    const stack = isBug(error) && error instanceof Error ? error.stack : undefined;
    this.#log.error(reasonOf(error), { exitCode: code, ...(stack === undefined ? {} : { stack }) });
    process.stderr.write(`${reasonOf(error)}\n${notice}\n`);
    this.#exit(code);
  }

  #exit(code: ExitCode): never {
    this.#log.flushNow();
    process.exit(code);
  }
}

/** What a start-up line says: who this is and where it is to be found. */
export function describe({ standalone, serverId, ensemble, clients }: ServerConfig): string {
  const { address, secureAddress, portUnification } = clients;
  const ports = [
    ...(address === undefined
      ? []
      : [`clients${portUnification ? ' with and without TLS' : ''} on ${address.host}:${address.port}`]),
    ...(secureAddress === undefined ? [] : [`TLS clients on ${secureAddress.host}:${secureAddress.port}`]),
  ];
  const clientPort = ports.length === 0 ? 'no client port' : ports.join(', ');
  const who = standalone ? 'standalone server' : `server ${serverId} of ${ensemble.servers.size}`;
  return `Zebu ${VERSION}: ${who}, ${clientPort}`;
}
