import { counterOf, epochOf, formatZxid, type ServerId, type Zxid } from '@zebu/protocol';
import type { HistoryEvent } from '../../history/event.ts';
import type { HistoryNode } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * What a server's files say it counts with alone at its next start. Relies on `configurationWritten`, on COMMIT, INFORM and `applied` for what is
 * committed, and on the ACKs of NEWLEADER: the first leader gives the configuration that the ensemble began with the zxid of its epoch.
 */
export class WrittenConfigurationIsCommitted extends ZabChecker implements ZabObserver {
  readonly name = 'written-configuration-is-committed';
  readonly property =
    'what a server keeps for its next start are committed configurations, each newer than the one before';
  readonly #committed = new Set<bigint>();
  /** The last one, since the server came up. */
  readonly #written = new Map<ServerId, Zxid>();

  onCommitted(_server: ServerModel, _history: HistoryNode, reconfigs: readonly HistoryNode[]): void {
    for (const { zxid } of reconfigs) this.#committed.add(zxid);
  }

  override onEvent(event: HistoryEvent, index: number): void {
    super.onEvent(event, index);
    // An operator may have given it older files before it came up.
    if (event.type === 'started') this.#written.delete(event.server);
    if (event.type !== 'configurationWritten') return;
    const { server } = event;
    const version = event.version as Zxid;
    const before = this.#written.get(server);
    this.#written.set(server, version);
    if (!this.#isInForce(version))
      this.report(`server ${server} wrote the configuration ${formatZxid(version)}, which is not committed`, [server]);
    else if (before !== undefined && version <= before)
      this.report(
        `server ${server} wrote the configuration ${formatZxid(version)}, and had written ${formatZxid(before)} before`,
        [server],
      );
  }

  #isInForce(version: Zxid): boolean {
    const established = this.model.epochs.filter((epoch) => epoch.established);
    if (counterOf(version) === 0) return established.some(({ epoch }) => epoch === epochOf(version));
    // What a leader began with is committed with its establishment, and where nobody follows it tells nobody.
    return this.#committed.has(version) || established.some(({ initialHistory }) => brings(initialHistory, version));
  }
}

function brings(history: HistoryNode | undefined, version: Zxid): boolean {
  for (let at = history?.reconfig; at !== undefined; at = at.parent?.reconfig) if (at.zxid === version) return true;
  return false;
}
