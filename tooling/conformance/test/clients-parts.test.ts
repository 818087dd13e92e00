import { expect, it } from 'vitest';
import { summarizeRows } from '../src/clients/client-parts.ts';

it('what is alike is counted, what differs is told', () => {
  const passed = { apache: 'passed', zebu: 'passed', ok: true };
  const rows = [
    { name: 'a', ...passed },
    { name: 'b', ...passed },
    { name: 'c', apache: '3 lines', zebu: 'the same', ok: true },
    { name: 'd', apache: 'failed', zebu: 'passed', ok: true },
    { name: 'e', apache: 'passed', zebu: 'failed: why', ok: false },
  ];
  expect(summarizeRows(rows)).toEqual([
    ['passed on both', 2],
    ['the same on both', 1],
    ['d: failed, Zebu passed', 'expected'],
    ['e: passed, Zebu failed: why', 'DIFFERENT'],
  ]);
});
