import { formatZxid, type Zxid } from '@zebu/protocol';
import type { ServerModel } from '../model/server-model.ts';
import type { DiskStateEvent, ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on `diskState`, `cutBack`, `flushed`, `appended`, `truncated`, `snapshotInstalled`, `snapshotWritten`, and on TRUNC and SNAP as received, which a crash may
 * leave done or not. No violation: more than was flushed, up to what was appended; anything on a disk that was damaged;
 * the history that a damaged server sets aside.
 */
export class FlushedSurvives extends ZabChecker implements ZabObserver {
  readonly name = 'flushed-survives';
  readonly property =
    'what was flushed is on the disk after a restart and after a failed write, and nothing that never was';

  onDiskState(server: ServerModel, { lastLoggedZxid, damaged }: DiskStateEvent): void {
    if (damaged === true && !server.marked && !server.wasDamaged)
      this.report(`server ${server.id} finds its disk damaged, and nothing has damaged it`, [server.id]);
    if (!server.known || server.damaged || (damaged === true && lastLoggedZxid < 0n)) return;
    const { durable, snapshot, booting } = server;
    const isAhead = booting && snapshot !== undefined && snapshot.zxid > durable.zxid;
    this.#compare(server, lastLoggedZxid, isAhead ? snapshot.zxid : durable.zxid);
  }

  onCutBack(server: ServerModel, zxid: Zxid): void {
    this.#compare(server, zxid, server.durable.zxid);
  }

  #compare(server: ServerModel, zxid: Zxid, durableZxid: Zxid): void {
    const { id, log, truncatingTo, installing } = server;
    const onDisk = this.model.historyOnDisk(server, zxid < 0n ? (0n as Zxid) : zxid);
    if (onDisk === undefined)
      return this.report(
        `the disk of server ${id} ends with ${formatZxid(zxid)}, which is not on its log up to ${formatZxid(log.zxid)}`,
        [id],
      );
    const mayEndAt = truncatingTo !== undefined && truncatingTo < durableZxid ? truncatingTo : durableZxid;
    if (onDisk.zxid >= mayEndAt || onDisk === installing) return;
    this.report(`the disk of server ${id} ends with ${formatZxid(zxid)}, but held ${formatZxid(durableZxid)} durably`, [
      id,
    ]);
  }
}
