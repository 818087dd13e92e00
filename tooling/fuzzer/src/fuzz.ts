// A run: rounds of conversations on many connections at once, a witness beside them, and after each round a look at the server's memory.

import { type Conversation, makeConversation } from './conversation.ts';
import { tidyUp } from './janitor.ts';
import { Lane } from './lane.ts';
import type { MemoryReading } from './probe.ts';
import { ReplyCounter } from './reply-counter.ts';
import { fourLetterWord, Target } from './target.ts';
import { Witness } from './witness.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly frames: number;
  /** Ends the run after the round in which it is over; no limit untold. */
  readonly limitMs?: number;
  /** Rounds after each of which memory is measured; those of the first half warm the server up. */
  readonly rounds: number;
  readonly progress?: (line: string) => void;
}

export interface FuzzReport {
  readonly frames: number;
  readonly conversations: number;
  readonly witnessRounds: number;
  /** After each round, with all of the fuzzer's sessions and znodes gone. */
  readonly memory: readonly MemoryReading[];
  readonly replies: ReadonlyMap<string, number>;
  readonly seconds: number;
}

/** The server crashed, hung, lied to the witness, grew or ended badly. */
export class FuzzError extends Error {
  override readonly name = 'FuzzError';
  readonly code = 'FUZZ';
  readonly seed: number;
  /** Those under way and those just over when it was noticed, newest last. */
  readonly suspects: readonly Conversation[];
  constructor(problem: string, seed: number, suspects: readonly Conversation[]) {
    super(problem);
    this.seed = seed;
    this.suspects = suspects;
  }
}

const LANES = 24;
/** Conversations that are over and still suspected. */
const REMEMBERED = 4 * LANES;
export const HOME = '/witness-home';
/** What is left when the fuzzer's sessions are gone: the witness. */
const SESSIONS_AT_REST = 1;
/** From the middle of the run to its end. 100,000 frames in between make 42 bytes a frame a leak. */
const ALLOWED_LIVE_GROWTH_BYTES = 4 * 2 ** 20;
/** What the allocator keeps goes up and down by more than that. */
const ALLOWED_RSS_GROWTH_BYTES = 64 * 2 ** 20;
const EXPIRY_PATIENCE_MS = 15_000;

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const target = await Target.start();
  const run = new Run(target, options);
  try {
    const report = await run.perform();
    const how = await target.stop();
    if (how !== 'exit code 0') throw run.error(`SIGTERM ended the server with ${how}:\n${target.output}`);
    return report;
  } catch (error) {
    await target.stop();
    throw error;
  }
}

class Run {
  readonly #target: Target;
  readonly #options: FuzzOptions;
  readonly #replies = new ReplyCounter();
  readonly #recent: Conversation[] = [];
  readonly #startedAt = performance.now();
  #nextConversation = 0;
  #framesSent = 0;
  #failure: Error | undefined;

  constructor(target: Target, options: FuzzOptions) {
    this.#target = target;
    this.#options = options;
    void target.whenExited().then((how) => (this.#failure ??= new Error(`the server is gone: ${how}`)));
  }

  async perform(): Promise<FuzzReport> {
    const { rounds, frames, limitMs } = this.#options;
    const witness = await Witness.start(this.#target.port, HOME, (error) => (this.#failure ??= error));
    const memory: MemoryReading[] = [];
    await this.#checked(tidyUp(this.#target.port, HOME));
    for (let round = 1; round <= rounds && !(limitMs !== undefined && this.#elapsedMs() > limitMs); round++) {
      await this.#attack(Math.round((frames * round) / rounds));
      await this.#checked(witness.nextRound());
      memory.push(await this.#checked(this.#measure()));
      this.#progress(round, memory.at(-1) as MemoryReading, witness.rounds);
    }
    await this.#checked(witness.stop());
    this.#judgeGrowth(memory);
    this.#judgeLog();
    return {
      frames: this.#framesSent,
      conversations: this.#nextConversation,
      witnessRounds: witness.rounds,
      memory,
      replies: this.#replies.counts,
      seconds: this.#elapsedMs() / 1000,
    };
  }

  error(problem: string): FuzzError {
    return new FuzzError(problem, this.#options.seed, this.#recent);
  }

  /** Of the run as a whole: nothing in particular is suspected. */
  #errorOfAll(problem: string): FuzzError {
    return new FuzzError(problem, this.#options.seed, []);
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  async #attack(untilFrame: number): Promise<void> {
    const lanes = Array.from({ length: LANES }, () => new Lane(this.#target.port, this.#replies));
    await Promise.all(lanes.map((lane) => this.#drive(lane, untilFrame)));
    this.#throwFailure();
  }

  async #drive(lane: Lane, untilFrame: number): Promise<void> {
    while (this.#framesSent < untilFrame && this.#failure === undefined) {
      const conversation = makeConversation(this.#options.seed, this.#nextConversation++, this.#framesSent);
      this.#framesSent += conversation.frames.length;
      this.#recent.push(conversation);
      if (this.#recent.length > REMEMBERED) this.#recent.shift();
      await lane.hold(conversation);
    }
  }

  /** What fails while the server is broken fails because of that. */
  async #checked<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await work;
    } catch (error) {
      throw this.error(describeError(this.#failure ?? error));
    } finally {
      this.#throwFailure();
    }
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return;
    const gone = this.#target.exited === undefined ? '' : `\n${this.#target.output}`;
    throw this.error(describeError(this.#failure) + gone);
  }

  /** With the fuzzer's sessions expired and its znodes deleted, so that what is left is what leaked. */
  async #measure(): Promise<MemoryReading> {
    const end = performance.now() + EXPIRY_PATIENCE_MS;
    while ((await sessionCount(this.#target.port)) > SESSIONS_AT_REST && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await tidyUp(this.#target.port, HOME);
    return this.#target.memory();
  }

  /** The first half of the rounds warms the server up: compiled code, tables that reach their size. */
  #judgeGrowth(memory: readonly MemoryReading[]): void {
    const warm = memory[Math.ceil(memory.length / 2) - 1];
    const last = memory.at(-1);
    if (warm === undefined || last === undefined) return;
    const growths = [
      { what: 'live memory', grown: last.liveBytes - warm.liveBytes, allowed: ALLOWED_LIVE_GROWTH_BYTES },
      { what: 'RSS', grown: last.rssBytes - warm.rssBytes, allowed: ALLOWED_RSS_GROWTH_BYTES },
    ];
    for (const { what, grown, allowed } of growths) {
      if (grown > allowed)
        throw this.#errorOfAll(`${what} grew by ${mebibytes(grown)}; ${mebibytes(allowed)} is still none`);
    }
  }

  #judgeLog(): void {
    const [error] = this.#target.errors;
    if (error !== undefined) throw this.#errorOfAll(`the server logged an error: ${error}`);
  }

  #progress(round: number, { liveBytes, rssBytes, longestStallMs }: MemoryReading, witnessRounds: number): void {
    this.#options.progress?.(
      [
        `round ${round}/${this.#options.rounds}`,
        `${this.#framesSent} frames in ${this.#nextConversation} conversations`,
        `${(this.#elapsedMs() / 1000).toFixed(1)} s`,
        `witness ${witnessRounds} rounds`,
        `live ${mebibytes(liveBytes)}, RSS ${mebibytes(rssBytes)}, longest stall ${longestStallMs.toFixed(0)} ms`,
        this.#replies.describe(),
      ].join('; '),
    );
  }
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function sessionCount(port: number): Promise<number> {
  const answer = await fourLetterWord(port, 'mntr');
  const counts = [...(answer?.matchAll(/^zk_(?:global|local)_sessions\t(\d+)$/gm) ?? [])];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
