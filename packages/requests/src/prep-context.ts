// What prep knows while it turns one request into a txn.

import type { OwnerKindOf } from '@zebu/datatree';
import type { JuteWriter } from '@zebu/jute';
import type { ServerId, SessionId, WallClockMs } from '@zebu/protocol';
import type { SessionTracker } from '@zebu/sessions';
import type { AccessControl } from './access-control.ts';
import type { ChangeOverlay } from './change-overlay.ts';
import type { QuotaGuard } from './quota-guard.ts';

export interface PrepContext {
  sessionId: SessionId;
  /** The server that forwarded the request. */
  owner: ServerId;
  /** `scheme:id` of who the client is. */
  identities: readonly string[];
  zxidHigh: number;
  zxidLow: number;
  time: WallClockMs;
}

/** What the preparers of operations share. */
export interface PrepDependencies {
  readonly overlay: ChangeOverlay;
  readonly sessions: SessionTracker;
  readonly access: AccessControl;
  readonly quotas: QuotaGuard;
  readonly ownerKind: OwnerKindOf;
  /** Takes the record of the txn. */
  readonly out: JuteWriter;
}
