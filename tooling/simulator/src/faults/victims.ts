// Whom a fault hits, at the moment when it strikes.

import type { ServerId } from '@zebu/protocol';
import type { World } from '../world/world.ts';
import type { Fault, Victim } from './fault.ts';

/** Undefined when there is no such server now. */
export function serverOf(world: World, victim: Victim): ServerId | undefined {
  if (victim.type === 'server') return victim.id;
  const leader = world.leader();
  if (victim.type === 'leader') return leader;
  const followers = world.ids.filter((id) => id !== leader && world.isUp(id));
  return followers[victim.index % followers.length];
}

/** Each server once. */
export function serversOf(world: World, victims: readonly Victim[]): ServerId[] {
  const servers = new Set<ServerId>();
  for (const victim of victims) {
    const server = serverOf(world, victim);
    if (server !== undefined) servers.add(server);
  }
  return [...servers];
}

export function victimsOf(fault: Fault): readonly Victim[] {
  if ('victim' in fault) return [fault.victim];
  if ('victims' in fault) return fault.victims;
  if ('between' in fault) return fault.between;
  return 'from' in fault ? [fault.from, fault.to] : [];
}
