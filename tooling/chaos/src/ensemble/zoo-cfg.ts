// The configuration of the servers. Ticks are short, so that limits are reached soon.

import type { Host } from './place.ts';

export interface EnsembleSettings {
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  /** More lines of zoo.cfg. */
  readonly lines?: readonly string[];
}

export const DEFAULT_SETTINGS: EnsembleSettings = { tickTimeMs: 300, initLimit: 10, syncLimit: 5 };

export function zooCfg(host: Host, all: readonly Host[], settings: EnsembleSettings): string {
  const lines = [
    `tickTime=${settings.tickTimeMs}`,
    `initLimit=${settings.initLimit}`,
    `syncLimit=${settings.syncLimit}`,
    `dataDir=${host.dataDirectory}`,
    `clientPort=${host.ports.client}`,
    `clientPortAddress=${host.address}`,
    'admin.enableServer=false',
    'maxClientCnxns=0',
    '4lw.commands.whitelist=*',
    'extendedTypesEnabled=true',
    // Small files, so that disks may be small.
    'preAllocSize=1024',
    'snapCount=2000',
    ...(settings.lines ?? []),
    ...all.map(({ id, address, ports }) => `server.${id}=${address}:${ports.quorum}:${ports.election}`),
  ];
  return `${lines.join('\n')}\n`;
}
