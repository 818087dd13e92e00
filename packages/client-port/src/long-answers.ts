// Answers to four-letter words that are too long for one turn of the loop: one slice a turn over all that are under way, however many ask, and
// no faster than the client takes it.

import type { Clock } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';

/** Of making text, in one turn. */
const SLICE_MS: Millis = 2;
const SLICE_CHARACTERS = 64 * 1024;
/** Between looks at the clock, unless a piece is long. */
const PIECES_PER_LOOK = 64;
const LONG_PIECE_CHARACTERS = 1024;

export interface AnswerTaker {
  /** False when no more is wanted until `onDrained`. */
  write(text: string): boolean;
  /** All was written. */
  done(): void;
}

export class LongAnswers<Taker extends AnswerTaker> {
  readonly #clock: Clock;
  readonly #answers = new Map<Taker, Iterator<string>>();
  /** Who may be written to, in the order of their turns. */
  #ready: Taker[] = [];
  #scheduled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(taker: Taker, answer: Iterable<string>): void {
    this.#answers.set(taker, answer[Symbol.iterator]());
    this.#makeReady(taker);
  }

  has(taker: Taker): boolean {
    return this.#answers.has(taker);
  }

  onDrained(taker: Taker): void {
    if (this.#answers.has(taker) && !this.#ready.includes(taker)) this.#makeReady(taker);
  }

  /** Its client is gone. */
  forget(taker: Taker): void {
    this.#answers.get(taker)?.return?.();
    this.#answers.delete(taker);
  }

  #makeReady(taker: Taker): void {
    this.#ready.push(taker);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#ready.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#takeTurn();
      this.#schedule();
    });
  }

  #takeTurn(): void {
    const taker = this.#ready.shift();
    const answer = taker === undefined ? undefined : this.#answers.get(taker);
    if (taker === undefined || answer === undefined) return;
    const { text, finished } = this.#slice(answer);
    const wantsMore = text === '' || taker.write(text);
    if (finished) {
      this.#answers.delete(taker);
      taker.done();
    } else if (wantsMore) {
      this.#ready.push(taker);
    }
  }

  #slice(answer: Iterator<string>): { readonly text: string; readonly finished: boolean } {
    const until = this.#clock.now() + SLICE_MS;
    let text = '';
    for (let count = 1; ; count++) {
      const next = answer.next();
      if (next.done === true) return { text, finished: true };
      text += next.value;
      if (text.length >= SLICE_CHARACTERS) return { text, finished: false };
      const looks = count % PIECES_PER_LOOK === 0 || next.value.length > LONG_PIECE_CHARACTERS;
      if (looks && this.#clock.now() >= until) return { text, finished: false };
    }
  }
}
