// What servers left behind, judged: their logs tell who led, their files what was committed.

import type { ServerId, Zxid } from '@zebu/protocol';
import type { Finding } from './finding.ts';
import type { LoggedTxn } from './log-files.ts';

export interface Reign {
  readonly server: ServerId;
  readonly epoch: number;
}

/** No two servers were established in one epoch. One is not established twice in the same, either: an epoch is for one reign. */
export function oneLeaderPerEpoch(reigns: readonly Reign[]): Finding[] {
  const leaders = new Map<number, ServerId>();
  const findings: Finding[] = [];
  for (const { server, epoch } of reigns) {
    const other = leaders.get(epoch);
    if (other !== undefined) {
      findings.push({
        check: 'one-leader-per-epoch',
        message: `servers ${other} and ${server} both led epoch ${epoch}`,
      });
    }
    leaders.set(epoch, server);
  }
  return findings;
}

/** Whose files say what: logs of servers that are in step. */
export type Logs = ReadonlyMap<ServerId, readonly LoggedTxn[]>;

/** A zxid is one txn, on whatever server, and stands once in a log. */
export function logsAgree(logs: Logs): Finding[] {
  const findings: Finding[] = [];
  const known = new Map<Zxid, { readonly server: ServerId; readonly hash: string }>();
  for (const [server, txns] of logs) {
    let before: Zxid | undefined;
    for (const { zxid, hash } of txns) {
      if (zxid === before) findings.push(finding(`server ${server} logged ${hex(zxid)} twice`));
      before = zxid;
      const other = known.get(zxid);
      if (other === undefined) known.set(zxid, { server, hash });
      else if (other.hash !== hash) {
        findings.push(finding(`${hex(zxid)} is one txn on server ${other.server} and another on server ${server}`));
      }
    }
  }
  return findings;
}

/** What a client wrote, with data like no other's, was done once at most. */
export function writesDoneOnce(logs: Logs): Finding[] {
  const findings: Finding[] = [];
  for (const [server, txns] of logs) {
    const done = new Map<string, Zxid>();
    for (const { zxid, write } of txns) {
      if (write === undefined || write.data === '') continue;
      const before = done.get(write.data);
      if (before !== undefined && before !== zxid) {
        const message = `server ${server} has "${write.data}" of ${write.path} at ${hex(before)} and at ${hex(zxid)}`;
        findings.push({ check: 'writes-done-once', message });
      }
      done.set(write.data, zxid);
    }
  }
  return findings;
}

export function treesEqual(trees: ReadonlyMap<ServerId, string>): Finding[] {
  if (new Set(trees.values()).size <= 1) return [];
  const all = [...trees].map(([server, tree]) => `server ${server} has ${tree}`);
  return [{ check: 'trees-equal', message: all.join('; ') }];
}

/** No server noticed that its tree is not the leader's. */
export function digestsAgree(logTexts: ReadonlyMap<ServerId, string>): Finding[] {
  return [...logTexts]
    .filter(([, text]) => text.includes('digest mismatch') || text.includes("the tree differs from the leader's"))
    .map(([server]) => ({ check: 'digests-agree', message: `the tree of server ${server} differs from the leader's` }));
}

const finding = (message: string): Finding => ({ check: 'logs-agree', message });
const hex = (zxid: Zxid): string => `0x${zxid.toString(16)}`;
