import { expect, it } from 'vitest';
import type { ClientPart } from '../../src/clients/client-part.ts';

/** Where the client cannot be had, the test is skipped and its name says why. */
export function clientTest(name: string, part: ClientPart | string, { rowCount, limitMs = 300_000 }: ClientTest): void {
  if (typeof part === 'string') {
    it.skip(`${name}: ${part}`);
    return;
  }
  const compare = async (): Promise<void> => {
    const rows = await part.compare();
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(rowCount);
  };
  it(name, compare, limitMs);
}

interface ClientTest {
  /** At least. */
  readonly rowCount: number;
  readonly limitMs?: number;
}
