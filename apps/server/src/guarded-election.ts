// An election module is not trusted to keep the port's promises. What it advises is for discovery to judge; what this server could not act on at all, or
// a failure, ends the process: the module is in no state that anyone knows, and a start makes it anew. Nothing but time is lost by it.

import type { Election, ElectionEffect, ElectionInput, Logger } from '@zebu/interfaces';
import {
  MAX_NOTIFICATION_EXTENSION_BYTES,
  NO_ZXID,
  type Notification,
  type ServerState,
  type Vote,
  type Zxid,
} from '@zebu/protocol';

export class ElectionModuleError extends Error {
  override readonly name = 'ElectionModuleError';
  readonly code = 'ELECTION_MODULE';
  constructor(module: string, when: string, reason: string, options?: ErrorOptions) {
    super(
      `election module ${module} failed ${when}: ${reason}; correct it, or name another as electionModule on every server`,
      options,
    );
  }
}

/** Its steps throw ElectionModuleError, and so does this function. */
export function guardedElection(module: string, create: () => Election, logger: Logger): Election {
  const attempt = <Value>(when: string, act: () => Value): Value => {
    try {
      return act();
    } catch (error) {
      if (error instanceof Error) logger.error('an election module failed', { module, when, stack: error.stack });
      throw new ElectionModuleError(module, when, error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    }
  };
  const election = attempt('when it was made', () => checkedElection(create()));
  return {
    step: (input, now) => attempt(describeInput(input), () => checkedEffects(election.step(input, now))),
    nextWakeup: () => attempt('when asked for its wake-up', () => checkedWakeup(election.nextWakeup())),
  };
}

const describeInput = (input: ElectionInput): string => `at the input ${input.type}`;

function checkedElection(election: Election): Election {
  const made: unknown = election;
  const isElection =
    typeof made === 'object' &&
    made !== null &&
    typeof (made as Election).step === 'function' &&
    typeof (made as Election).nextWakeup === 'function';
  if (!isElection) throw new TypeError('it makes nothing with step and nextWakeup');
  return election;
}

function checkedWakeup(wakeup: number | undefined): number | undefined {
  if (wakeup === undefined || Number.isFinite(wakeup)) return wakeup;
  throw new TypeError(`its wake-up is ${String(wakeup)}`);
}

function checkedEffects(effects: ElectionEffect[]): ElectionEffect[] {
  if (!Array.isArray(effects)) throw new TypeError('it answers no list of effects');
  for (const effect of effects) {
    if (!isEffect(effect)) throw new TypeError(`${describe(effect)} is no effect`);
  }
  return effects;
}

const OUTCOMES: readonly unknown[] = ['LEADING', 'FOLLOWING', 'OBSERVING'];
const STATES: readonly unknown[] = ['LOOKING', ...OUTCOMES];

function isEffect(effect: ElectionEffect): boolean {
  switch (effect?.type) {
    case 'send':
      return isUint32(effect.to) && isNotification(effect.notification);
    case 'elected':
      return OUTCOMES.includes(effect.state) && isVote(effect.vote);
    case 'supportLost':
      return true;
    default:
      return false;
  }
}

/** As far as every transport takes it. */
function isNotification(notification: Notification): boolean {
  if (typeof notification !== 'object' || notification === null) return false;
  const { state, vote, electionEpoch, configVersion, extension } = notification;
  return (
    STATES.includes(state satisfies ServerState) &&
    isVote(vote) &&
    isLong(electionEpoch) &&
    isLong(configVersion) &&
    (extension === undefined ||
      (extension instanceof Uint8Array && extension.length <= MAX_NOTIFICATION_EXTENSION_BYTES))
  );
}

const isVote = (vote: Vote): boolean =>
  typeof vote === 'object' &&
  vote !== null &&
  isUint32(vote.leader) &&
  isZxid(vote.zxid) &&
  (vote.peerEpoch === -1 || isUint32(vote.peerEpoch));

const isZxid = (zxid: Zxid): boolean => typeof zxid === 'bigint' && zxid >= NO_ZXID && zxid < 2n ** 64n;
const isUint32 = (value: number): boolean => typeof value === 'number' && value >>> 0 === value;
const isLong = (value: bigint): boolean => typeof value === 'bigint' && BigInt.asIntN(64, value) === value;

const describe = (effect: unknown): string => {
  const type = typeof effect === 'object' && effect !== null ? Reflect.get(effect, 'type') : effect;
  return typeof type === 'string' ? `what it calls ${type}` : String(type);
};
