// Which servers are preferred, and the times of the election.

import { ElectionOptionError } from '@zebu/interfaces';
import type { Millis, ServerId } from '@zebu/protocol';

export interface PreferredElectionOptions {
  /** `priority.N`: the higher, the rather server N leads; 0 for those that are not there. */
  readonly priorities: ReadonlyMap<ServerId, number>;
  /** How long a quorum that agrees waits for the word of a voter not heard of yet. */
  readonly finalizeWaitMs: Millis;
  /** The same, while a voter with a higher priority than the chosen one has not spoken and is not known to be away. */
  readonly preferredWaitMs: Millis;
  /** The first wait before a server that still looks asks again; it doubles up to the second. */
  readonly minNotificationIntervalMs: Millis;
  readonly maxNotificationIntervalMs: Millis;
}

export const MAX_PRIORITY = 1000;
const MAX_SERVER_ID = 255;
const MAX_WAIT_MS = 600_000;

const DEFAULTS: PreferredElectionOptions = {
  priorities: new Map(),
  finalizeWaitMs: 200,
  preferredWaitMs: 1000,
  minNotificationIntervalMs: 200,
  maxNotificationIntervalMs: 5000,
};

export function preferredElectionOptions(given: Partial<PreferredElectionOptions> = {}): PreferredElectionOptions {
  const options = { ...DEFAULTS, ...given };
  const { minNotificationIntervalMs, maxNotificationIntervalMs } = options;
  return Object.freeze({
    ...options,
    maxNotificationIntervalMs: Math.max(minNotificationIntervalMs, maxNotificationIntervalMs),
  });
}

const WAITS: Readonly<Record<string, { readonly field: keyof PreferredElectionOptions; readonly least: number }>> = {
  finalizeWait: { field: 'finalizeWaitMs', least: 0 },
  preferredWait: { field: 'preferredWaitMs', least: 0 },
  minNotificationInterval: { field: 'minNotificationIntervalMs', least: 1 },
  maxNotificationInterval: { field: 'maxNotificationIntervalMs', least: 1 },
};

/** Of electionModule.* in zoo.cfg. Throws ElectionOptionError. */
export function parsePreferredElectionOptions(given: ReadonlyMap<string, string>): PreferredElectionOptions {
  const priorities = new Map<ServerId, number>();
  const waits: Record<string, number> = {};
  for (const [option, text] of given) {
    const wait = WAITS[option];
    if (wait !== undefined) {
      waits[wait.field] = wholeNumber(option, text, wait.least, MAX_WAIT_MS, 'milliseconds');
    } else {
      priorities.set(serverOf(option), wholeNumber(option, text, 0, MAX_PRIORITY, 'a whole number'));
    }
  }
  return preferredElectionOptions({ ...waits, priorities });
}

function serverOf(option: string): ServerId {
  const [, digits] = /^priority\.(\d{1,3})$/.exec(option) ?? [];
  if (digits === undefined) {
    const known = ['priority.N', ...Object.keys(WAITS)].join(', ');
    throw new ElectionOptionError(option, 'is no option of preferred-election', `remove it; there are ${known}`);
  }
  const id = Number(digits);
  if (id >= 1 && id <= MAX_SERVER_ID) return id as ServerId;
  throw new ElectionOptionError(
    option,
    `no server has the id ${digits}`,
    `write priority.N with an id from 1 to ${MAX_SERVER_ID}`,
  );
}

function wholeNumber(option: string, text: string, least: number, most: number, kind: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new ElectionOptionError(option, `${text} is not ${kind}`, `write ${kind} from ${least} to ${most}`);
}
