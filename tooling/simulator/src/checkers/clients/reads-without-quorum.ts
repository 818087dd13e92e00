// A server in read-only mode may show what is old, and after a restart what no quorum will keep; it never shows what nobody wrote, and takes no write.

import type { HistoryEvent } from '../../history/event.ts';
import { ClientChecker } from './client-checker.ts';

export class ReadsWithoutQuorum extends ClientChecker {
  readonly name = 'reads-without-quorum';
  readonly property =
    'A server without a quorum serves data that was written to the path, and refuses writes with NOTREADONLY.';

  protected override onOther(event: HistoryEvent, index: number): void {
    if (event.type !== 'answeredWithoutQuorum') return;
    const { answer, path, server, at } = event;
    if (answer.to === 'write') {
      if (answer.error !== 'NOTREADONLY')
        this.report(at, index, `server ${server} without a quorum answered a write with ${answer.error ?? 'success'}`);
    } else if (typeof answer.data === 'string' && !this.#wasWritten(path, answer.data)) {
      this.report(
        at,
        index,
        `server ${server} without a quorum shows ${answer.data} at ${path}, which nobody wrote there`,
      );
    }
  }

  /** A sequential znode has more in its name than was asked for. */
  #wasWritten(path: string, data: string): boolean {
    const change = this.record.changesByData.get(data);
    return change !== undefined && path.startsWith(change.request.path);
  }
}
