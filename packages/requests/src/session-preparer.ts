// The txns that begin and end a session (PrepRequestProcessor, createSession and closeSession).

import { encodeStringList, type JuteReader, type JuteWriter } from '@zebu/jute';
import { ErrorCode, type Millis, parentPath, type SessionId, type Zxid } from '@zebu/protocol';
import type { SessionTracker } from '@zebu/sessions';
import type { ChangeOverlay } from './change-overlay.ts';
import { inHashSetOrder } from './java-set-order.ts';
import type { PrepContext } from './prep-context.ts';
import { changeOf, countChild } from './znode-change.ts';

interface ClosingSession {
  readonly zxid: Zxid;
  readonly sessionId: SessionId;
}

export interface SessionPreparerOptions {
  /** The txn that ends a session says which znodes go. */
  readonly listsEphemerals: boolean;
}

export class SessionPreparer {
  readonly #overlay: ChangeOverlay;
  readonly #sessions: SessionTracker;
  readonly #out: JuteWriter;
  readonly #options: SessionPreparerOptions;
  /** In zxid order: CLOSE_SESSIONs that are not applied yet. */
  #closing: ClosingSession[] = [];

  constructor(overlay: ChangeOverlay, sessions: SessionTracker, out: JuteWriter, options: SessionPreparerOptions) {
    this.#overlay = overlay;
    this.#sessions = sessions;
    this.#out = out;
    this.#options = options;
  }

  get closingCount(): number {
    return this.#closing.length;
  }

  /** It is tracked from now on: a session whose client is slow to hear of it must expire too. */
  create(reader: JuteReader, context: PrepContext, now: Millis): ErrorCode {
    const timeoutMs = reader.readInt();
    this.#sessions.track(context.sessionId, timeoutMs, now);
    this.#sessions.setOwner(context.sessionId, context.owner);
    this.#out.writeInt(timeoutMs);
    return ErrorCode.OK;
  }

  /** Owners are not compared: expiry closes in nobody's name, and it is the session's last request in any case. */
  close(context: PrepContext, zxid: Zxid): ErrorCode {
    const paths = inHashSetOrder([...this.#overlay.ephemeralsOf(context.sessionId)]);
    for (const path of paths) this.#removeEphemeral(path, context);
    if (this.#options.listsEphemerals) encodeStringList(this.#out, paths);
    this.#sessions.setClosing(context.sessionId);
    this.#closing.push({ zxid, sessionId: context.sessionId });
    return ErrorCode.OK;
  }

  /** The sessions closed up to zxid are in no snapshot any more, so they need no tracking. */
  onApplied(zxid: Zxid): void {
    let count = 0;
    for (const closed of this.#closing) {
      if (closed.zxid > zxid) break;
      this.#sessions.remove(closed.sessionId);
      count++;
    }
    if (count > 0) this.#closing = this.#closing.slice(count);
  }

  #removeEphemeral(path: string, context: PrepContext): void {
    const parentOfPath = parentPath(path);
    const parent = this.#overlay.find(parentOfPath);
    const znode = this.#overlay.find(path);
    if (parent === undefined || znode === undefined) return;
    countChild(this.#overlay, parentOfPath, { parent, children: -1 }, context);
    this.#overlay.remove(changeOf(path, context), znode);
  }
}
