// Groups and weights for the voters of a seed: one group or several, equal weights or not, and servers that weigh nothing.

import type { QuorumHierarchy, ServerId } from '@zebu/protocol';
import type { SeededRandom } from '../world/seeded-random.ts';

const HEAVIEST = 3;

/** At least one server of each group weighs something. */
export function drawHierarchy(random: SeededRandom, voters: readonly ServerId[]): QuorumHierarchy {
  const groupCount = 1 + random.below(Math.min(3, voters.length));
  const groups = new Map<number, ServerId[]>(Array.from({ length: groupCount }, (_, index) => [index + 1, []]));
  for (const [index, voter] of voters.entries()) {
    // The first ones see to it that no group is empty.
    const group = index < groupCount ? index : random.below(groupCount);
    groups.get(group + 1)?.push(voter);
  }
  const weights = new Map<ServerId, number>();
  for (const members of groups.values())
    for (const [index, member] of members.entries())
      weights.set(member, index === 0 ? 1 + random.below(HEAVIEST) : random.below(HEAVIEST + 1));
  return { groups, weights };
}
