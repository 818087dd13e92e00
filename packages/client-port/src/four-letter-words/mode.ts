// The role of a server in ZooKeeper's words (ServerStats.Provider.getState).

import type { ManagementView } from '@zebu/interfaces';

export function modeOf(view: ManagementView): string {
  if (view.standalone) return 'standalone';
  if (view.readOnly) return 'read-only';
  switch (view.state) {
    case 'LEADING':
      return 'leader';
    case 'FOLLOWING':
      return 'follower';
    case 'OBSERVING':
      return 'observer';
    case 'LOOKING':
      return 'looking';
  }
}
