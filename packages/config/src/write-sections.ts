// The sections for writes: kinds of znodes, ACLs, and what is deleted without being asked for.

import type { ServerId } from '@zebu/protocol';
import type { ContainerConfig, WriteConfig } from './server-config.ts';
import type { Settings } from './settings.ts';

/** Above it, session ids look like TTLs (EphemeralType.MAX_EXTENDED_SERVER_ID). */
const MAX_EXTENDED_SERVER_ID = 254;

export function writeConfig(settings: Settings, serverId: ServerId): WriteConfig {
  const extendedTypesEnabled = settings.flag('extendedTypesEnabled');
  if (extendedTypesEnabled && serverId > MAX_EXTENDED_SERVER_ID) {
    throw settings.error(
      'extendedTypesEnabled',
      `is true, and the id of this server is ${serverId}, above ${MAX_EXTENDED_SERVER_ID}`,
      `give the server an id up to ${MAX_EXTENDED_SERVER_ID}, or do without TTL znodes`,
    );
  }
  return {
    extendedTypesEnabled,
    emulate353TtlNodes: extendedTypesEnabled && settings.flag('emulate353TTLNodes'),
    enforceQuota: settings.flag('enforceQuota'),
    eagerAclCheck: settings.flag('enableEagerACLCheck'),
    skipAcl: settings.flag('skipACL'),
    reconfigEnabled: settings.flag('reconfigEnabled'),
    standaloneEnabled: settings.flag('standaloneEnabled'),
    digestEnabled: settings.flag('digest.enabled'),
    closeSessionTxnEnabled: settings.flag('closeSessionTxn.enabled'),
    multiAddressEnabled: settings.flag('multiAddress.enabled'),
  };
}

export const containerConfig = (settings: Settings): ContainerConfig => ({
  checkIntervalMs: settings.number('znode.container.checkIntervalMs'),
  maxPerMinute: settings.number('znode.container.maxPerMinute'),
  maxNeverUsedMs: settings.number('znode.container.maxNeverUsedIntervalMs'),
});
