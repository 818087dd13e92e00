// From a word to its answer: what may be asked at any time, what only while clients are served, and what it changes.

import type { FourLetterWordAnswer, FourLetterWordRequest, ManagedServer } from '@zebu/interfaces';
import { conf } from './conf.ts';
import { cons } from './cons.ts';
import type { Asked } from './asked.ts';
import { dirs } from './dirs.ts';
import { dump } from './dump.ts';
import { envi } from './envi.ts';
import type { FourLetterWordFacts } from './facts.ts';
import { hash } from './hash.ts';
import { mntr } from './mntr.ts';
import { srvr } from './srvr.ts';
import { stat } from './stat.ts';
import { TraceMask } from './trace-mask.ts';
import { wchc, wchp, wchs } from './watches.ts';

export type AnswerFourLetterWord = (request: FourLetterWordRequest, server: ManagedServer) => FourLetterWordAnswer;

/** One for each server: it holds the trace mask. */
export function createFourLetterWords(facts: FourLetterWordFacts): AnswerFourLetterWord {
  const words = new FourLetterWords(facts);
  return (request, server) => words.answer(request, server);
}

/** AbstractFourLetterCommand.ZK_NOT_SERVING. */
const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests';

/** Of a server that serves. */
const ANSWERS: Readonly<Record<string, (asked: Asked) => FourLetterWordAnswer>> = {
  conf,
  cons,
  dirs,
  dump,
  hash,
  mntr,
  srvr,
  stat,
  wchc,
  wchp,
  wchs,
};

class FourLetterWords {
  readonly #facts: FourLetterWordFacts;
  readonly #traceMask = new TraceMask();

  constructor(facts: FourLetterWordFacts) {
    this.#facts = facts;
  }

  answer(request: FourLetterWordRequest, server: ManagedServer): FourLetterWordAnswer {
    switch (request.word) {
      case 'ruok':
        // The process is alive, whether it serves or not.
        return 'imok';
      case 'envi':
        return envi(this.#facts);
      case 'gtmk':
        return this.#traceMask.text();
      case 'stmk':
        return this.#traceMask.set(request.argument);
      default:
        return this.#answerOfServer(request, server);
    }
  }

  #answerOfServer(request: FourLetterWordRequest, server: ManagedServer): FourLetterWordAnswer {
    const { word, port } = request;
    const view = server.view();
    if (!view.serving) return notServing(word);
    switch (word) {
      case 'isro':
        return view.readOnly ? 'ro' : 'rw';
      case 'srst':
        server.resetStatistics();
        port.resetStatistics();
        return 'Server stats reset.\n';
      case 'crst':
        server.resetConnectionStatistics();
        return 'Connection stats reset.\n';
      default: {
        const answer = Object.hasOwn(ANSWERS, word) ? ANSWERS[word] : undefined;
        // The port asks for words that it knows.
        return answer?.({ request, view, facts: this.#facts }) ?? '';
      }
    }
  }
}

/** Without a line end where DigestCommand prints none. */
function notServing(word: string): string {
  if (word === 'isro') return 'null';
  return word === 'hash' ? NOT_SERVING : `${NOT_SERVING}\n`;
}
