// One notification is one frame: [state, leader, zxid (2), peerEpoch, electionEpoch (2), configVersion (2), extension?, configuration?]; an empty extension is
// none when a configuration follows.

import {
  assert,
  type Epoch,
  MAX_CONFIGURATION_BYTES,
  MAX_NOTIFICATION_EXTENSION_BYTES,
  type Notification,
  type ServerId,
  type ServerState,
} from '@zebu/protocol';
import { checkedEpoch, checkedUint32, Fields, highHalf, lowHalf, MAX_UINT32 } from './fields.ts';
import { FrameError } from './frame-error.ts';
import { FrameReader, pack, type WireValue } from './msgpack.ts';

const STATE_NUMBERS = { LOOKING: 0, FOLLOWING: 1, LEADING: 2, OBSERVING: 3 } as const satisfies Record<
  ServerState,
  number
>;
const NO_EXTENSION = new Uint8Array(0);
const STATES = Object.keys(STATE_NUMBERS) as ServerState[];

export function encodeNotification(notification: Notification): Uint8Array {
  const { state, vote, electionEpoch, configVersion, extension, configuration } = notification;
  const fields: WireValue[] = [
    STATE_NUMBERS[state],
    checkedUint32(vote.leader),
    highHalf(vote.zxid),
    lowHalf(vote.zxid),
    checkedEpoch(vote.peerEpoch),
    highHalf(electionEpoch),
    lowHalf(electionEpoch),
    highHalf(configVersion),
    lowHalf(configVersion),
  ];
  if (extension !== undefined) {
    assert(extension.length <= MAX_NOTIFICATION_EXTENSION_BYTES, `extension of ${extension.length} bytes`);
    fields.push(extension);
  }
  if (configuration !== undefined) {
    assert(configuration.length <= MAX_CONFIGURATION_BYTES, `configuration of ${configuration.length} characters`);
    if (extension === undefined) fields.push(NO_EXTENSION);
    fields.push(configuration);
  }
  return pack(fields);
}

export function decodeNotification(frame: Uint8Array): Notification {
  const reader = new FrameReader(frame);
  const fields = new Fields('notification', reader.next());
  if (!reader.done) throw new FrameError('notification with bytes behind it');
  const state = STATES[fields.integer(0, STATES.length - 1)] as ServerState;
  const leader = fields.uint32() as ServerId;
  const zxid = fields.zxid();
  const peerEpoch = fields.integer(-1, MAX_UINT32) as Epoch;
  const electionEpoch = fields.long();
  const configVersion = fields.long();
  const vote = { leader, zxid, peerEpoch };
  if (fields.remaining === 0) return { state, vote, electionEpoch, configVersion };
  const extension = fields.bytes(0, MAX_NOTIFICATION_EXTENSION_BYTES);
  if (fields.remaining === 0) return { state, vote, electionEpoch, configVersion, extension };
  const configuration = fields.string(MAX_CONFIGURATION_BYTES);
  fields.end();
  const known = { state, vote, electionEpoch, configVersion, configuration };
  return extension.length === 0 ? known : { ...known, extension };
}
