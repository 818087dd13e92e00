import { describe, expect, it } from 'vitest';
import { ConfigError, loadServerConfig, type ServerConfig } from '../src/index.ts';

const SERVERS = (id: number): string => `
initLimit=10
syncLimit=5
dataDir=/data
clientPort=2181
server.${id}=a:1:2
server.2=b:1:2
server.3=c:1:2
`;

function load(lines: string, id = 1): ServerConfig {
  const files: Record<string, string> = { '/etc/zoo.cfg': SERVERS(id) + lines, '/data/myid': String(id) };
  return loadServerConfig('/etc/zoo.cfg', { readText: (path) => files[path] });
}

describe('writes and containers', () => {
  it('have the defaults of ZooKeeper, but for containers without a child', () => {
    const { writes, containers } = load('');
    expect(writes).toEqual({
      extendedTypesEnabled: false,
      emulate353TtlNodes: false,
      enforceQuota: false,
      eagerAclCheck: false,
      skipAcl: false,
      reconfigEnabled: false,
      standaloneEnabled: true,
      digestEnabled: true,
      closeSessionTxnEnabled: true,
      multiAddressEnabled: false,
    });
    expect(containers).toEqual({ checkIntervalMs: 60_000, maxPerMinute: 10_000, maxNeverUsedMs: 300_000 });
  });

  it('take every key', () => {
    const { writes, containers, warnings } = load(`
      extendedTypesEnabled=true
      emulate353TTLNodes=true
      enforceQuota=true
      enableEagerACLCheck=true
      skipACL=yes
      reconfigEnabled=true
      standaloneEnabled=false
      digest.enabled=false
      closeSessionTxn.enabled=false
multiAddress.enabled=true
      server.1=a:1:2
      znode.container.checkIntervalMs=1000
      znode.container.maxPerMinute=7
      znode.container.maxNeverUsedIntervalMs=0
    `);
    expect(writes).toEqual({
      extendedTypesEnabled: true,
      emulate353TtlNodes: true,
      enforceQuota: true,
      eagerAclCheck: true,
      skipAcl: true,
      reconfigEnabled: true,
      standaloneEnabled: false,
      digestEnabled: false,
      closeSessionTxnEnabled: false,
      multiAddressEnabled: true,
    });
    expect(containers).toEqual({ checkIntervalMs: 1000, maxPerMinute: 7, maxNeverUsedMs: 0 });
    expect(warnings).toEqual(['skipACL=yes: ACLs are stored, and refuse nobody']);
  });

  it('emulate353TTLNodes does nothing without extendedTypesEnabled', () => {
    expect(load('emulate353TTLNodes=true').writes.emulate353TtlNodes).toBe(false);
  });

  it('a server id above 254 has no extended types: its sessions would look like TTLs', () => {
    expect(load('extendedTypesEnabled=true', 254).writes.extendedTypesEnabled).toBe(true);
    expect(load('', 255).serverId).toBe(255);
    expect(() => load('extendedTypesEnabled=true', 255)).toThrow(ConfigError);
    expect(() => load('extendedTypesEnabled=true', 255)).toThrow(/254/);
  });
});
