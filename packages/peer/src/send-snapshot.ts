// A snapshot for a learner, from whoever serves it.

import type { LinkId } from '@zebu/interfaces';
import type { Now } from './options.ts';
import type { RoleContext } from './role.ts';

/** It is exact at the last txn that was delivered. */
export function sendSnapshot(context: RoleContext, link: LinkId, now: Now): void {
  const { clients } = context;
  clients.catchUp(now);
  context.emit({ type: 'sendSnapshot', link, cursor: clients.database.tree.openSnapshot() });
}
