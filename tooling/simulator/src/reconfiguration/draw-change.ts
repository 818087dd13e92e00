// A change of the ensemble as a client would ask for it: one that can be made, or one that must be refused.

import type { EnsembleChange } from '@zebu/client';
import { type Ensemble, formatServers, type ServerId, type ServerSpecification } from '@zebu/protocol';
import { drawHierarchy } from '../run/draw-weights.ts';
import { specification } from '../world/addresses.ts';
import type { SeededRandom } from '../world/seeded-random.ts';

export interface DrawnChange {
  readonly words: string;
  readonly change: EnsembleChange;
}

/** How many places there are that a server can move to. */
const PLACES = 9;

export interface Candidates {
  /** All servers of the world. */
  readonly ids: readonly ServerId[];
  /** Those that could be in sync; others are added now and then all the same. */
  readonly running: readonly ServerId[];
}

export function drawChange(random: SeededRandom, current: Ensemble, candidates: Candidates): DrawnChange {
  if (random.below(8) === 0) return drawRefused(random, current);
  const servers = new Map(current.servers);
  const words = Array.from({ length: 1 + random.below(2) }, () => alter(random, servers, candidates));
  // Groups and weights cannot be told by who joins and who leaves.
  const isFull = current.hierarchy !== undefined || random.below(4) === 0;
  return { words: words.join(', '), change: isFull ? full(random, current, servers) : incremental(current, servers) };
}

/** In words. Nothing changes where there is nobody to change. */
function alter(
  random: SeededRandom,
  servers: Map<ServerId, ServerSpecification>,
  { ids, running }: Candidates,
): string {
  const members = [...servers.keys()];
  const strangers = (random.below(8) === 0 ? ids : running).filter((id) => !servers.has(id));
  const kind = random.below(10);
  if (kind < 4 && strangers.length > 0) {
    const id = pick(random, strangers);
    const role = random.below(3) === 0 ? 'observer' : 'participant';
    servers.set(id, specification(id, role, random.below(PLACES)));
    return `add server ${id} as ${role}`;
  }
  const id = pick(random, members);
  const server = servers.get(id) as ServerSpecification;
  if (kind < 6 && members.length > 1) {
    servers.delete(id);
    return `remove server ${id}`;
  }
  if (kind < 9) {
    const role = server.role === 'observer' ? 'participant' : 'observer';
    servers.set(id, { ...server, role });
    return `make server ${id} ${role}`;
  }
  servers.set(id, specification(id, server.role, random.below(PLACES)));
  return `move server ${id}`;
}

function full(random: SeededRandom, current: Ensemble, servers: Map<ServerId, ServerSpecification>): EnsembleChange {
  const voters = [...servers.values()].filter(({ role }) => role === 'participant').map(({ id }) => id);
  const hierarchy =
    current.hierarchy === undefined || voters.length === 0 ? {} : { hierarchy: drawHierarchy(random, voters) };
  return { members: linesOf({ version: 0n, servers, ...hierarchy }) };
}

function incremental(current: Ensemble, servers: ReadonlyMap<ServerId, ServerSpecification>): EnsembleChange {
  const leaving = [...current.servers.keys()].filter((id) => !servers.has(id));
  const joining = [...servers.values()].filter((server) => current.servers.get(server.id) !== server);
  return {
    ...(joining.length === 0 ? {} : { joining: linesOf({ version: 0n, servers: byId(joining) }) }),
    ...(leaving.length === 0 ? {} : { leaving }),
  };
}

function drawRefused(random: SeededRandom, { servers }: Ensemble): DrawnChange {
  const [first, ...others] = [...servers.keys()] as [ServerId, ...ServerId[]];
  switch (random.below(3)) {
    case 0:
      return { words: 'remove everybody', change: { leaving: [first, ...others] } };
    case 1:
      return {
        words: 'add a server without an address for clients',
        change: { joining: [`server.${first}=simulated:1:2:participant`] },
      };
    default:
      // Two at one place.
      return {
        words: 'put all servers at one place',
        change: { members: [first, ...others, 99].map((id) => `server.${id}=simulated:1:2:participant;3`) },
      };
  }
}

const byId = (servers: readonly ServerSpecification[]): Map<ServerId, ServerSpecification> =>
  new Map(servers.map((server) => [server.id, server]));

const linesOf = (ensemble: Ensemble): string[] => formatServers(ensemble).trimEnd().split('\n');

const pick = <Value>(random: SeededRandom, values: readonly Value[]): Value =>
  values[random.below(values.length)] as Value;
