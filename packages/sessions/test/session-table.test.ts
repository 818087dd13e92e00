import type { SessionId } from '@zebu/protocol';
import { SessionTable } from '@zebu/sessions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const ascending = (a: number, b: number): number => a - b;

describe('SessionTable', () => {
  it('behaves as a Map, with ids of either sign', () => {
    const id = fc.bigInt({ min: -70n, max: 70n }).map((value) => (value << 32n) as SessionId);
    const smallId = fc.bigInt({ min: -70n, max: 70n }).map((value) => value as SessionId);
    const op = fc.record({
      kind: fc.constantFrom('set', 'delete', 'get'),
      id: fc.oneof(id, smallId),
      value: fc.integer(),
    });
    fc.assert(
      fc.property(fc.array(op, { maxLength: 200 }), (ops) => {
        const table = new SessionTable<number>();
        const model = new Map<SessionId, number>();
        for (const { kind, id: key, value } of ops) {
          if (kind === 'set') {
            table.set(key, value);
            model.set(key, value);
          } else if (kind === 'delete') {
            expect(table.delete(key)).toBe(model.delete(key));
          }
          expect(table.get(key)).toBe(model.get(key));
          expect(table.has(key)).toBe(model.has(key));
        }
        expect(table.size).toBe(model.size);
        expect([...table.values()].sort(ascending)).toEqual([...model.values()].sort(ascending));
      }),
    );
  });
});
