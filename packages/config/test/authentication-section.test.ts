import { describe, expect, it } from 'vitest';
import { composeServerConfig, ConfigError, parseZooCfg, type ServerConfig } from '../src/index.ts';

const load = (...lines: readonly string[]): ServerConfig =>
  composeServerConfig({
    zooCfg: parseZooCfg(['dataDir=/data', 'clientPort=2181', ...lines].join('\n'), 'zoo.cfg'),
    myId: { file: '/data/myid', text: undefined },
  });
const JAAS = 'java.security.auth.login.config=/etc/jaas.conf';

describe('who a client may be', () => {
  it('is what ZooKeeper has without a word', () => {
    expect(load().authentication).toEqual({
      digest: { algorithm: 'SHA1', superDigest: undefined },
      x509SuperUser: undefined,
      saslSuperUsers: new Set(),
      saslAnyUser: undefined,
      login: undefined,
      ensembleNames: undefined,
      providers: [],
      certificateScheme: 'x509',
      enforcedSchemes: new Set(),
      allowSaslFailedClients: false,
    });
  });

  it('is what the keys say', () => {
    const { authentication } = load(
      'DigestAuthenticationProvider.superDigest=super:hash',
      'DigestAuthenticationProvider.digestAlg=SHA-256',
      'X509AuthenticationProvider.superUser=CN=root,O=Zebu',
      'superUser=root',
      'superUser.east=operator',
      'letAnySaslUserDoX=everyone',
      'ensembleAuthName=east, west',
      'authProvider.1=org.example.Provider',
      'authProvider.mine=./provider.js',
      'allowSaslFailedClients=true',
      JAAS,
      'sasl.serverconfig=Zebu',
      'SASLAuthenticationProvider.superPassword=secret',
    );
    expect(authentication).toMatchObject({
      digest: { algorithm: 'SHA-256', superDigest: 'super:hash' },
      x509SuperUser: 'CN=root,O=Zebu',
      saslSuperUsers: new Set(['root', 'operator']),
      saslAnyUser: 'everyone',
      login: { file: '/etc/jaas.conf', section: 'Zebu', superPassword: 'secret' },
      ensembleNames: new Set(['east', 'west']),
      providers: [
        { key: 'authProvider.1', name: 'org.example.Provider' },
        { key: 'authProvider.mine', name: './provider.js' },
      ],
      allowSaslFailedClients: true,
    });
  });

  it('has no digest where it is turned off', () => {
    expect(load('DigestAuthenticationProvider.enabled=false').authentication.digest).toBeUndefined();
  });

  it('makes a superuser of nobody without a name', () => {
    const { saslSuperUsers, x509SuperUser } = load(
      'superUser=',
      'X509AuthenticationProvider.superUser=',
    ).authentication;
    expect([saslSuperUsers.size, x509SuperUser]).toEqual([0, undefined]);
  });
});

describe('enforced schemes', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['enforce.auth.schemes=digest'], []],
    [
      ['enforce.auth.enabled=true', 'enforce.auth.schemes=digest, x509'],
      ['digest', 'x509'],
    ],
    [['sessionRequireClientSASLAuth=true', JAAS], ['sasl']],
    [['sessionRequireClientSASLAuth=true', 'enforce.auth.enabled=true', 'enforce.auth.schemes=digest', JAAS], ['sasl']],
  ])('%j are %j', (lines, schemes) => {
    expect(load(...lines).authentication.enforcedSchemes).toEqual(new Set(schemes));
  });

  it.each([
    [['enforce.auth.enabled=true'], 'zoo.cfg:3: enforce.auth.enabled=true: needs schemes; add enforce.auth.schemes='],
    [['sessionRequireClientSASLAuth=true'], 'zoo.cfg:3: sessionRequireClientSASLAuth=true: nobody could log in'],
    [['enforce.auth.enabled=true', 'enforce.auth.schemes=sasl'], 'zoo.cfg:4: enforce.auth.schemes=sasl: nobody could'],
  ])('%j is refused: %s', (lines, message) => {
    expect(() => load(...lines)).toThrow(ConfigError);
    expect(() => load(...lines)).toThrow(message);
  });
});

describe('an operator hears', () => {
  const SASL_PROVIDER = 'authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider';

  it('that nobody can log in by SASL', () => {
    expect(load(SASL_PROVIDER).warnings.join()).toContain('no client can log in by SASL');
    expect(load(SASL_PROVIDER, JAAS).warnings.join()).not.toContain('no client can log in by SASL');
  });

  it('that a demand is none', () => {
    const remark = 'every client has: nobody is refused';
    const demand = (schemes: string) => load('enforce.auth.enabled=true', `enforce.auth.schemes=${schemes}`).warnings;
    expect(demand('digest, ip').join()).toContain(remark);
    expect(demand('digest').join()).not.toContain(remark);
    expect(load('enforce.auth.schemes=ip').warnings.join()).not.toContain(remark);
  });

  it('which of two demands counts', () => {
    const { warnings } = load('sessionRequireClientSASLAuth=true', 'enforce.auth.enabled=true', JAAS);
    expect(warnings.join()).toContain('sessionRequireClientSASLAuth stands above enforce.auth');
  });
});

it('knows where each property stands', () => {
  expect(load('superUser=root').lines.get('superUser')).toBe(3);
});
