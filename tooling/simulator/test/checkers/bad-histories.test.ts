import { describe, expect, it } from 'vitest';
import { zabCheckers } from '../../src/checkers/index.ts';
import { BAD_HISTORIES } from './bad-histories.ts';
import { VOTERS } from './story.ts';
import { verdict } from './verdict.ts';

describe('a history that breaks one property', () => {
  // All Zab checkers see each history: exactly the named one may object.
  it.each(BAD_HISTORIES)('$checker alone objects when $story', ({ checker, tell }) => {
    const { objecting, messages } = verdict(tell().events);
    expect(objecting, messages.join('\n')).toEqual([checker]);
  });

  it('is there for every checker', () => {
    const names = zabCheckers({ voters: VOTERS }).map((checker) => checker.name);
    expect(BAD_HISTORIES.map(({ checker }) => checker).sort()).toEqual(names.sort());
  });
});
