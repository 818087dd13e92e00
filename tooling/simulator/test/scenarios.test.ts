// Every known bug of Zab's implementations, told as a story that must come out well.

import { describe, expect, it } from 'vitest';
import { scenarios } from '../src/scenarios/index.ts';
import { runScenario } from '../src/scenarios/run-scenario.ts';

describe('scenarios', () => {
  it('have names of their own', () => {
    expect(new Set(scenarios.map(({ ticket }) => ticket)).size).toBe(scenarios.length);
  });

  for (const scenario of scenarios) {
    it(`${scenario.ticket}: ${scenario.sentence}`, async () => {
      const { failure, violations, told } = await runScenario(scenario.ticket);
      const story = told.join('\n');
      expect(failure, story).toBeUndefined();
      expect(violations, story).toEqual([]);
    });
  }
});
