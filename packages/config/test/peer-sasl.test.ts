import { describe, expect, it } from 'vitest';
import { ConfigError, loadServerConfig, type ServerConfig } from '../src/index.ts';

const SERVERS = 'initLimit=10\nsyncLimit=5\nserver.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n';
const JAAS = 'java.security.auth.login.config=/etc/jaas.conf\n';
const ENABLED = `${JAAS}quorum.auth.enableSasl=true\n`;
const PROVING = `${ENABLED}quorum.auth.learnerRequireSasl=true\n`;
const REQUIRED = `${PROVING}quorum.auth.serverRequireSasl=true\n`;

const load = (lines: string, servers = SERVERS): ServerConfig =>
  loadServerConfig('zoo.cfg', {
    readText: (path) =>
      path === 'zoo.cfg'
        ? `dataDir=/data\nclientPort=2181\n${servers}${lines}`
        : path === '/data/myid'
          ? '1'
          : undefined,
  });

const refusal = (lines: string): string => {
  try {
    load(lines);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was taken');
};

describe('SASL between servers', () => {
  it('is off, whatever sections are named', () => {
    expect(load(`${JAAS}quorum.auth.server.saslLoginContext=Servers\n`).peers.sasl).toBeUndefined();
  });

  it.each([
    [ENABLED, false, false],
    [PROVING, true, false],
    [REQUIRED, true, true],
  ])('is switched on in three steps (%#)', (lines, provesItself, requiresProof) => {
    const { peers, warnings } = load(lines);
    expect(peers.sasl).toEqual({
      file: '/etc/jaas.conf',
      serverSection: 'QuorumServer',
      learnerSection: 'QuorumLearner',
      provesItself,
      requiresProof,
    });
    const remark = 'quorum.auth.serverRequireSasl is off: servers that prove nothing are taken, too; ';
    expect(warnings.filter((warning) => warning.startsWith(remark))).toHaveLength(requiresProof ? 0 : 1);
  });

  it('reads the sections that it is told', () => {
    const sections = 'quorum.auth.server.saslLoginContext=One\nquorum.auth.learner.saslLoginContext=Other\n';
    expect(load(REQUIRED + sections).peers.sasl).toMatchObject({ serverSection: 'One', learnerSection: 'Other' });
  });

  it('is refused where a step is left out', () => {
    expect(refusal(`${JAAS}quorum.auth.learnerRequireSasl=true\n`)).toBe(
      'zoo.cfg:9: quorum.auth.learnerRequireSasl=true: is nothing without quorum.auth.enableSasl; ' +
        'add quorum.auth.enableSasl=true, on every server before this one',
    );
    expect(refusal(`${JAAS}quorum.auth.serverRequireSasl=true\n`)).toContain(
      'is nothing without quorum.auth.enableSasl',
    );
    expect(refusal(`${ENABLED}quorum.auth.serverRequireSasl=true\n`)).toContain(
      'is nothing without quorum.auth.learnerRequireSasl',
    );
  });

  it('wants a JAAS file', () => {
    expect(refusal('quorum.auth.enableSasl=true\n')).toContain('no server could log in: no JAAS file is named');
  });

  it('is nothing to a standalone server', () => {
    const { peers, warnings } = load(ENABLED, '');
    expect(peers.sasl).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('lets the JAAS file be for servers alone, unless something says that clients log in', () => {
    const mayBeMissing = (lines: string) => load(lines).authentication.login?.sectionMayBeMissing;
    expect(mayBeMissing(JAAS)).toBe(false);
    expect(mayBeMissing(REQUIRED)).toBe(true);
    expect(mayBeMissing(`${REQUIRED}sasl.serverconfig=Server\n`)).toBe(false);
    expect(mayBeMissing(`${REQUIRED}sessionRequireClientSASLAuth=true\n`)).toBe(false);
    const provider = 'authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider\n';
    expect(mayBeMissing(REQUIRED + provider)).toBe(false);
  });
});
