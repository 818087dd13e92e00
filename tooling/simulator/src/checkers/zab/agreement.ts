import { formatZxid, type ServerId } from '@zebu/protocol';
import { commonPrefix, type HistoryNode, pathBetween, type Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-3: if one delivers a and another delivers b, then one of them delivers both. Relies on `applied` and `role`; compares with everything that
 * was ever delivered, also by servers that have crashed since. A server that only lacks some is total-order's, not this one's.
 * No violation: a server that is behind; a tail that was read back and is cut off before the server serves.
 */
export class Agreement extends ZabChecker implements ZabObserver {
  readonly name = 'agreement';
  readonly property = 'I-3: of any two delivered txns, one of the deliverers delivers both';

  onDivergence(server: ServerModel, history: HistoryNode, other: HistoryNode, deliverer: ServerId): void {
    const shared = commonPrefix(history, other);
    const own = txnsOf(pathBetween(shared, history));
    const others = txnsOf(pathBetween(shared, other));
    const ownOnly = own.find((txn) => !others.includes(txn));
    const othersOnly = others.find((txn) => !own.includes(txn));
    if (ownOnly === undefined || othersOnly === undefined) return;
    this.report(
      `server ${server.id} delivered ${formatZxid(ownOnly.zxid)} and not ${name(othersOnly, ownOnly)}, server ${deliverer} the other way round`,
      [server.id, deliverer],
    );
  }
}

const txnsOf = (path: readonly HistoryNode[]): Txn[] => path.map((history) => history.txn as Txn);

const name = (txn: Txn, other: Txn): string =>
  txn.zxid === other.zxid ? 'the other txn of that zxid' : formatZxid(txn.zxid);
