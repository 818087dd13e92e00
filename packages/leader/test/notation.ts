// Short names for zxids, txns, packets and effects, so that tests and traces read well: 2:3 is counter 3 of epoch 2.

import type { LeaderEffect, ObserverMasterEffect } from '@zebu/leader';
import type { LearnerEffect } from '@zebu/learner';
import {
  counterOf,
  type Epoch,
  epochOf,
  makeZxid,
  type QuorumPacket,
  type ServerId,
  TXN_HEADER_BYTES,
  type TxnBytes,
  txnZxid,
  type Zxid,
} from '@zebu/protocol';

export const sid = (id: number): ServerId => id as ServerId;
export const epoch = (number: number): Epoch => number as Epoch;

/** `2:3`, or -1 for no history that may be voted for. */
export function zxid(text: string): Zxid {
  if (text === '-1') return -1n as Zxid;
  const [epochText, counterText] = text.split(':');
  return makeZxid(epoch(Number(epochText)), Number(counterText));
}

export const show = (value: Zxid): string => (value < 0n ? `${value}` : `${epochOf(value)}:${counterOf(value)}`);

let created = 0;

/** A txn like no other, so that two txns of one zxid are told apart. */
export function txn(position: Zxid | string, bytes = TXN_HEADER_BYTES): TxnBytes {
  const value = typeof position === 'string' ? zxid(position) : position;
  const result = new Uint8Array(Math.max(bytes, TXN_HEADER_BYTES));
  const view = new DataView(result.buffer);
  view.setUint32(0, created++);
  view.setBigUint64(12, value);
  return result;
}

/** `1:1..1:3 2:1`: four txns. */
export function run(text: string, bytes?: number): TxnBytes[] {
  return text
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .flatMap((word) => {
      const [first = '', last = first] = word.split('..');
      const txns: TxnBytes[] = [];
      for (let value = zxid(first); value <= zxid(last); value = (value + 1n) as Zxid) txns.push(txn(value, bytes));
      return txns;
    });
}

/** The opposite of `run`: consecutive txns are shown as a range. */
export function showRun(txns: readonly TxnBytes[]): string {
  const ranges: { first: Zxid; last: Zxid }[] = [];
  for (const value of txns.map(txnZxid)) {
    const range = ranges[ranges.length - 1];
    if (range?.last === value - 1n) range.last = value;
    else ranges.push({ first: value, last: value });
  }
  return ranges.map(({ first, last }) => (first === last ? show(first) : `${show(first)}..${show(last)}`)).join(' ');
}

export function showPacket(packet: QuorumPacket): string {
  switch (packet.type) {
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
      return `${packet.type} accepted ${packet.acceptedEpoch}${packet.needsSnapshot ? ' needs a snapshot' : ''}`;
    case 'LEADERINFO':
      return `LEADERINFO ${packet.epoch}`;
    case 'ACKEPOCH':
      return `ACKEPOCH current ${packet.currentEpoch} last ${show(packet.lastZxid)}`;
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'NEWLEADER':
    case 'UPTODATE':
    case 'ACK':
    case 'COMMIT':
      return `${packet.type} ${show(packet.zxid)}`;
    case 'COMMITANDACTIVATE':
      return `COMMITANDACTIVATE ${show(packet.zxid)} led by ${packet.designatedLeader}`;
    case 'INFORMANDACTIVATE':
      return `INFORMANDACTIVATE ${showRun(packet.txns)} led by ${packet.designatedLeader}`;
    case 'PROPOSAL':
    case 'INFORM':
      return `${packet.type} ${showRun(packet.txns)}`;
    case 'REQUEST':
      return `REQUEST ${packet.requests.map((request) => request.cxid).join(' ')}`;
    case 'SYNC':
      return `SYNC ${packet.syncId}`;
    case 'REVALIDATE':
      return `REVALIDATE ${packet.sessionId} ${packet.valid} at ${show(packet.lastProposedZxid)}`;
    case 'PING':
      return `PING ${packet.round}${packet.sessions.map((session) => ` ${session.sessionId}`).join('')}`;
  }
}

/** An effect that is neither packets nor a flush, as the trace shows it. */
export function showEffect(
  effect: LeaderEffect | ObserverMasterEffect | LearnerEffect,
  nameLink: (link: number) => string,
): string {
  switch (effect.type) {
    case 'logTxns':
    case 'deliver':
      return `${effect.type} ${showRun(effect.txns)}`;
    case 'writeAcceptedEpoch':
    case 'writeCurrentEpoch':
    case 'established':
    case 'rolledOver':
    case 'serve':
      return `${effect.type} ${effect.epoch}`;
    case 'send':
      return `${effect.links.map(nameLink).join(',')} ${effect.packets.map(showPacket).join('; ')}`;
    case 'closeLink':
    case 'unpinLog':
    case 'revalidate':
    case 'pong':
      return `${effect.type} ${nameLink(effect.link)}`;
    case 'locate':
    case 'sendSnapshot':
    case 'receiveSnapshot':
      return `${effect.type} ${nameLink(effect.link)} ${show(effect.zxid)}`;
    case 'pinLog':
    case 'readLog':
      return `${effect.type} ${nameLink(effect.link)} after ${show(effect.after)}`;
    case 'truncate':
    case 'installSnapshot':
      return `${effect.type} ${show(effect.zxid)}`;
    case 'stepDown':
    case 'abandon':
    case 'transferRefused':
      return `${effect.type}: ${effect.reason}`;
    case 'requests':
      return `requests ${effect.requests.map((request) => request.cxid).join(' ')}`;
    case 'touch':
      return `touch ${effect.sessions.map((session) => session.sessionId).join(' ')}`;
    case 'sync':
      return `sync ${effect.syncId} of ${nameLink(effect.link)}`;
    case 'syncConfirmed':
      return `syncConfirmed ${effect.syncId}`;
    case 'revalidated':
      return `revalidated ${effect.sessionId} ${effect.valid}`;
    case 'configured':
      return `configured ${effect.configuration.slice(effect.configuration.lastIndexOf('version'))}`;
    case 'connect':
      return `connect ${effect.to}`;
    case 'flush':
    case 'removeDamageMark':
      return effect.type;
  }
}
