// From a word to its answer.

import type { FourLetterWordAnswer, FourLetterWordRequest, ManagedServer, ManagementView } from '@zebu/interfaces';
import { conf } from './conf.ts';
import { cons } from './cons.ts';
import type { FourLetterWordFacts } from './facts.ts';
import { isro } from './isro.ts';
import { mntr } from './mntr.ts';
import { ruok } from './ruok.ts';
import { srvr } from './srvr.ts';
import { stat } from './stat.ts';

type Answer = (view: ManagementView, facts: FourLetterWordFacts) => string;

const ANSWERS: Readonly<Record<string, Answer>> = { conf, cons, isro, mntr, ruok, srvr, stat };

/** The text for a whitelisted word. ZooKeeper's other words are not in this release, and the answer says so. */
export function answerFourLetterWord(
  { word }: FourLetterWordRequest,
  server: ManagedServer,
  facts: FourLetterWordFacts,
): FourLetterWordAnswer {
  const answer = Object.hasOwn(ANSWERS, word) ? ANSWERS[word] : undefined;
  return answer === undefined
    ? `${word} is not executed because it is not in this release.\n`
    : answer(server.view(), facts);
}
