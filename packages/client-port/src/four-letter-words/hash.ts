import type { Asked } from './asked.ts';

/** The digests of the tree at past zxids (DigestCommand): zxid in hexadecimal, digest as a Java long. */
export function hash({ view }: Asked): string {
  const lines = Array.from(
    view.digestLog(),
    ({ zxid, digest }) => `${BigInt.asUintN(64, zxid).toString(16)}: ${BigInt.asIntN(64, digest)}\n`,
  );
  return lines.join('');
}
