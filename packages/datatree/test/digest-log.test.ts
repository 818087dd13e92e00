import { expect, it } from 'vitest';
import { DigestLog } from '../src/digest-log.ts';

it('is due at every 128th zxid', () => {
  expect([0, 1, 127, 128, 129, 256, -128].map((zxidLow) => DigestLog.isDue(zxidLow))).toEqual([
    true,
    false,
    false,
    true,
    false,
    true,
    true,
  ]);
});

it('keeps the newest 1024, oldest first', () => {
  const log = new DigestLog();
  expect(log.entries()).toEqual([]);
  for (let count = 1; count <= 1030; count++) log.add(1, count * 128, BigInt(count));
  const entries = log.entries();
  expect(entries).toHaveLength(1024);
  expect(entries[0]).toEqual({ zxid: 0x100000000n + 7n * 128n, digest: 7n });
  expect(entries.at(-1)).toEqual({ zxid: 0x100000000n + 1030n * 128n, digest: 1030n });
});
