// Fast Leader Election as electionModule loads it, and as servers have it that name no other.

import { type ElectionModule, ElectionOptionError } from '@zebu/interfaces';
import { createFastLeaderElection } from './fast-leader-election.ts';
import { type FastLeaderElectionOptions, fastLeaderElectionOptions } from './options.ts';

/** Text by name, in milliseconds; the least that each may be. */
const LEAST: Readonly<Record<string, number>> = {
  finalizeWait: 0,
  minNotificationInterval: 1,
  maxNotificationInterval: 1,
};

export const fastLeaderElectionModule: ElectionModule<FastLeaderElectionOptions> = {
  name: 'fle',
  portVersion: 1,
  parseOptions(given) {
    return fastLeaderElectionOptions(
      Object.fromEntries([...given].map(([option, text]) => [`${option}Ms`, milliseconds(option, text)])),
    );
  },
  create: createFastLeaderElection,
};

function milliseconds(option: string, text: string): number {
  const least = LEAST[option];
  if (least === undefined) {
    const known = Object.keys(LEAST).join(', ');
    throw new ElectionOptionError(option, 'is no option of Fast Leader Election', `remove it; there are ${known}`);
  }
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= 0x7fff_ffff) return value;
  throw new ElectionOptionError(option, `${text} is no time`, `write milliseconds, at least ${least}`);
}
