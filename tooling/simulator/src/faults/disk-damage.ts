// A file that is gone after a power failure, or has a flipped bit.

import type { ServerId } from '@zebu/protocol';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';
import type { DamagedFile, Fault } from './fault.ts';

type DiskFault = Extract<Fault, { type: 'lostFile' | 'flippedBit' }>;

/** `noticed`: nobody but the operator can see it, who therefore trusts nothing on that disk. */
export type Damage = 'none' | 'hidden' | 'noticed';

/** Of the first kilobytes, where the records are: behind them a log file is zeros. */
const DAMAGED_BITS = 8 * 4096;
/** Makes no digit of another. */
const BIT_OF_DIGIT = 6;

export async function damageDisk(world: World, id: ServerId, fault: DiskFault, random: SeededRandom): Promise<Damage> {
  const name = fileOf(await world.files(id), fault.file);
  if (name === undefined) return 'none';
  if (fault.type === 'flippedBit') {
    const isNumber = fault.file === 'acceptedEpoch' || fault.file === 'currentEpoch';
    // ZooKeeper's epoch files have no checksum: a digit that became another one would be believed.
    const position = isNumber ? BIT_OF_DIGIT : random.below(DAMAGED_BITS);
    return (await flip(world, id, name, position)) ? 'hidden' : 'none';
  }
  await world.removeFile(id, name);
  // A log that ends earlier looks like one that always did.
  return fault.file === 'newestLog' ? 'noticed' : 'hidden';
}

/** False when the file is shorter. */
async function flip(world: World, id: ServerId, name: string, position: number): Promise<boolean> {
  for (let at = position; ; at = Math.floor(at / 2)) {
    try {
      await world.flipBit(id, name, at);
      return true;
    } catch (error) {
      if (at === 0) return false;
      if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error;
    }
  }
}

function fileOf(names: readonly string[], file: DamagedFile): string | undefined {
  const logs = inOrder(names, 'log.');
  switch (file) {
    case 'newestLog':
      return logs.at(-1);
    case 'middleLog':
      return logs.length < 3 ? undefined : logs[logs.length >> 1];
    case 'newestSnapshot':
      return inOrder(names, 'snapshot.').at(-1);
    case 'acceptedEpoch':
    case 'currentEpoch':
      return names.find((name) => name === file);
  }
}

/** By the zxids in their names. */
function inOrder(names: readonly string[], prefix: string): string[] {
  const zxidOf = (name: string): number => Number.parseInt(name.slice(prefix.length), 16);
  return names.filter((name) => name.startsWith(prefix)).sort((left, right) => zxidOf(left) - zxidOf(right));
}
