import { describe, expect, it } from 'vitest';
import { clientCheckers } from '../../../src/checkers/clients/index.ts';
import { verdict } from '../verdict.ts';
import { BAD_HISTORIES } from './bad-histories.ts';

describe('a history that breaks one property of the clients', () => {
  // All checkers see each history: exactly the named one may object.
  it.each(BAD_HISTORIES)('$checker alone objects when $story', ({ checker, tell }) => {
    const { objecting, messages } = verdict(tell().events);
    expect(objecting, messages.join('\n')).toEqual([checker]);
  });

  it('is there for every checker', () => {
    const names = clientCheckers().map((checker) => checker.name);
    expect([...new Set(BAD_HISTORIES.map(({ checker }) => checker))].sort()).toEqual(names.sort());
  });
});
