// Where Zebu departs from ZooKeeper on purpose, as the runner meets it. Each names its entry in docs/divergences.md.

import { type NormalObservation, SERVER } from './normalise.ts';
import { requestsOf, type Step } from '../script/step.ts';

export interface Divergence {
  /** Words of the entry in docs/divergences.md. */
  readonly entry: string;
  matches(difference: {
    readonly step: Step;
    readonly expected: NormalObservation;
    readonly actual: NormalObservation;
  }): boolean;
  /** How many more txns one of the two has made by it. */
  readonly txnsAhead?: { readonly expected?: bigint; readonly actual?: bigint };
}

export const divergences: readonly Divergence[] = [
  {
    entry: 'deleteContainer from a client is an unknown type',
    matches: ({ step, actual }) => isCallOf(step, 'deleteContainer') && /"err":"UNIMPLEMENTED"/.test(textOf(actual)),
    txnsAhead: { expected: 1n },
  },
  {
    entry: 'A malformed write gets an error txn with a zxid of its own',
    matches: ({ step, expected, actual }) =>
      requestsOf(step).length === 1 &&
      /"err":"MARSHALLINGERROR"/.test(textOf(expected)) &&
      withoutZxids(expected) === withoutZxids(actual),
    txnsAhead: { actual: 1n },
  },
  {
    entry: 'A persistent watch hears once of a change of the ensemble',
    matches: ({ step, expected, actual }) =>
      requestsOf(step).some(({ op }) => op === 'reconfig') &&
      withoutRepeatedEvents(expected) === withoutRepeatedEvents(actual),
  },
  {
    entry: "A wrong password does not close the session's live connection",
    matches: ({ step, expected, actual }) =>
      step.do === 'reattach' && step.password !== 'right' && textOf(expected) === `${textOf(actual)}\nclosed`,
  },
];

/** What the clients saw. */
const textOf = (observation: NormalObservation): string =>
  Object.entries(observation)
    .flatMap(([client, lines]) => (client === SERVER ? [] : lines))
    .join('\n');

const withoutZxids = (observation: NormalObservation): string => textOf(observation).replaceAll(/"zxid":"[^"]*"/g, '');

/** Of the configuration. */
const withoutRepeatedEvents = (observation: NormalObservation): string =>
  textOf(observation)
    .split('\n')
    .filter((line, index, lines) => line !== lines[index - 1] || !/^event .*"\/zookeeper\/config"/.test(line))
    .join('\n');

const isCallOf = (step: Step, op: string): boolean =>
  step.do === 'call' && step.requests.length === 1 && step.requests[0]?.op === op;

export function explain(difference: Parameters<Divergence['matches']>[0]): Divergence | undefined {
  return divergences.find((divergence) => divergence.matches(difference));
}
