// Two traces of one script, step by step, up to the first difference that nobody has explained.

import { requestsOf, type Script, type Step } from '../script/step.ts';
import { type Divergence, explain } from './divergences.ts';
import { type NormaliseOptions, Normaliser, type NormalObservation } from './normalise.ts';
import type { Trace } from './observation.ts';

export interface Difference {
  readonly index: number;
  readonly step: Step;
  readonly expected: NormalObservation;
  readonly actual: NormalObservation;
}

export interface Comparison {
  readonly difference: Difference | undefined;
  /** Divergences that were met, and how often. */
  readonly explained: ReadonlyMap<Divergence, number>;
}

export function compare(script: Script, expected: Trace, actual: Trace, options: NormaliseOptions): Comparison {
  const explained = new Map<Divergence, number>();
  const left = new Normaliser(expected, options);
  const right = new Normaliser(actual, options);
  for (const [index, step] of script.steps.entries()) {
    const difference = {
      index,
      step,
      expected: withoutChance(step, left.step(index)),
      actual: withoutChance(step, right.step(index)),
    };
    if (same(difference.expected, difference.actual)) continue;
    const divergence = explain(difference);
    if (divergence === undefined) return { difference, explained };
    explained.set(divergence, (explained.get(divergence) ?? 0) + 1);
    const { expected: leftAhead, actual: rightAhead } = divergence.txnsAhead ?? {};
    if (leftAhead !== undefined) left.shift(index, leftAhead);
    if (rightAhead !== undefined) right.shift(index, rightAhead);
  }
  return { difference: undefined, explained };
}

/** What is chance on every server. */
function withoutChance(step: Step, observation: NormalObservation): NormalObservation {
  return withoutRaces(step, inOrder(step, observation));
}

/** The second of two changes of the ensemble comes while the first is under way, or just after. */
function withoutRaces(step: Step, observation: NormalObservation): NormalObservation {
  if (requestsOf(step).filter(({ op }) => op === 'reconfig').length < 2) return observation;
  const either = (line: string): string =>
    line.replace(/"err":"(?:BADVERSION|RECONFIGINPROGRESS)"/, '"err":"BADVERSION or RECONFIGINPROGRESS"');
  return Object.fromEntries(Object.entries(observation).map(([client, lines]) => [client, lines.map(either)]));
}

/** A session's znodes go in the order of a hash table when it ends, and with them their events. */
function inOrder(step: Step, observation: NormalObservation): NormalObservation {
  const ends = step.do === 'expire' || (step.do === 'call' && step.requests.some(({ op }) => op === 'closeSession'));
  if (!ends) return observation;
  return Object.fromEntries(Object.entries(observation).map(([client, lines]) => [client, lines.toSorted()]));
}

/** What a difference is about, in short: smaller scripts must show the same one. */
export function signature({ step, expected, actual }: Difference): string {
  const ops =
    step.do === 'call' || step.do === 'callOverOldConnection' || step.do === 'mangled' ? requestsOf(step) : [];
  const codes = [expected, actual].map((observation) => {
    const lines = Object.values(observation).flat();
    return lines.map((line) => /"err":"(\w+)"/.exec(line)?.[1] ?? line.split(' ')[0]).join(' ');
  });
  return `${step.do} ${ops.length === 1 ? ops[0]?.op : ''}: ${codes.join(' / ')}`.slice(0, 200);
}

const same = (left: NormalObservation, right: NormalObservation): boolean =>
  JSON.stringify(left) === JSON.stringify(right);
