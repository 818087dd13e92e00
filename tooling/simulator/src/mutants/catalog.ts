// All mutants. Each file of the catalog has those of one part of a server.

import { BROADCAST } from './catalog/broadcast.ts';
import { DISCOVERY } from './catalog/discovery.ts';
import { HEALING } from './catalog/healing.ts';
import { RECONFIGURATION } from './catalog/reconfiguration.ts';
import { REQUESTS } from './catalog/requests.ts';
import { ROLLOVER } from './catalog/rollover.ts';
import { SESSIONS } from './catalog/sessions.ts';
import { STORAGE } from './catalog/storage.ts';
import { SYNCHRONIZATION } from './catalog/synchronization.ts';
import { TRANSFER } from './catalog/transfer.ts';
import { TREE } from './catalog/tree.ts';
import { UNDONE_FIXES } from './catalog/undone-fixes.ts';
import { WEIGHTS } from './catalog/weights.ts';
import type { Mutant } from './mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  ...DISCOVERY,
  ...SYNCHRONIZATION,
  ...BROADCAST,
  ...STORAGE,
  ...HEALING,
  ...SESSIONS,
  ...REQUESTS,
  ...TREE,
  ...UNDONE_FIXES,
  ...WEIGHTS,
  ...TRANSFER,
  ...RECONFIGURATION,
  ...ROLLOVER,
];

export function findMutant(name: string): Mutant {
  const found = MUTANTS.find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`there is no mutant '${name}'`);
  return found;
}
