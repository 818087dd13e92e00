import { expect, it } from 'vitest';
import { summarize } from '../summarize.js';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

it('counts tests over all files', () => {
  const report = { testResults: [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')] };
  expect(summarize(report, false)).toEqual({ failed: 1, line: '3 passed, 1 failed' });
});

it('mentions skipped tests only if there are any', () => {
  const report = { testResults: [file('passed', 'passed', 'skipped', 'todo')] };
  expect(summarize(report, true).line).toBe('1 passed, 0 failed, 2 skipped');
});

it('counts a file that did not load, or whose hook failed, as a failure', () => {
  const report = { testResults: [file('failed'), file('failed', 'skipped')] };
  expect(summarize(report, false).line).toBe('0 passed, 2 failed, 1 skipped');
});

it('counts a failure of vitest that belongs to no test', () => {
  expect(summarize({ testResults: [file('passed', 'passed')] }, false).line).toBe('1 passed, 1 failed');
});
