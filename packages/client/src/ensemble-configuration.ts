// The ensemble's configuration as its znode holds it, and the changes that a client may ask for.

import type { ReconfigRequest } from '@zebu/jute';
import type { Stat } from '@zebu/protocol';
import type { ZnodeWithStat } from './client.ts';

const DECODER = new TextDecoder();

/** Outside every chroot. */
export const CONFIG_PATH = '/zookeeper/config';

export interface EnsembleConfiguration {
  /** As the ensemble keeps it: `server.N=...` lines, groups and weights if there are any, and the version in hex. */
  readonly text: string;
  /** 0 where the servers have none: a standalone server, or an ensemble that was never told to allow changes. */
  readonly version: bigint;
  /** What stands behind `server.N=`, by N. */
  readonly servers: ReadonlyMap<number, string>;
  readonly stat: Stat;
}

export type EnsembleChange =
  | {
      /** `server.N=host:quorumPort:electionPort[:participant|:observer];[clientAddress:]clientPort`; one that is there already is replaced. */
      readonly joining?: readonly string[];
      /** Ids. */
      readonly leaving?: readonly number[];
    }
  /** All lines of the ensemble to be: servers, groups and weights. */
  | { readonly members: readonly string[] };

export function reconfigRequest(change: EnsembleChange, fromVersion: bigint): ReconfigRequest {
  if ('members' in change) {
    const newMembers = change.members.join(',');
    return { joiningServers: null, leavingServers: null, newMembers, currentConfigId: fromVersion };
  }
  const { joining, leaving } = change;
  return {
    joiningServers: joining?.join(',') ?? null,
    leavingServers: leaving?.join(',') ?? null,
    newMembers: null,
    currentConfigId: fromVersion,
  };
}

export function configurationOf({ data, stat }: ZnodeWithStat): EnsembleConfiguration {
  const text = data === null ? '' : DECODER.decode(data);
  const servers = [...text.matchAll(/^server\.(\d+)=(.*)$/gm)].map(
    ([, id, server]) => [Number(id), server ?? ''] as const,
  );
  const version = /^version=([0-9a-f]{1,16})$/m.exec(text)?.[1];
  return { text, version: version === undefined ? 0n : BigInt(`0x${version}`), servers: new Map(servers), stat };
}
