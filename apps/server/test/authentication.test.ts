import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServerConfig, parseZooCfg } from '@zebu/config';
import type { LogFields, Logger } from '@zebu/interfaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthentication } from '../src/authentication.ts';

const BUILT_IN = 'org.apache.zookeeper.server.auth';
const LOGIN = `${BUILT_IN}.DigestLoginModule required user_ann="open-sesame";`;

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-authentication-'));
  writeFileSync(join(directory, 'jaas.conf'), `Server { ${LOGIN} };\n`);
  writeFileSync(
    join(directory, 'provider.mjs'),
    `export default ({ properties }) => ({
       scheme: properties.get('scheme'), isAuthenticated: true, authenticate: () => ({ type: 'failed' }),
       isValid: () => true, matches: () => false, userNameOf: (id) => id,
     });`,
  );
});
afterAll(() => rmSync(directory, { recursive: true }));

async function create(...lines: readonly string[]) {
  const warnings: { message: string; fields: LogFields | undefined }[] = [];
  const warn = (message: string, fields?: LogFields) => void warnings.push({ message, fields });
  const logger: Logger = { debug: () => undefined, info: () => undefined, warn, error: warn };
  const zooCfg = parseZooCfg(['dataDir=/data', 'clientPort=2181', ...lines].join('\n'), 'zoo.cfg');
  const config = composeServerConfig({ zooCfg, myId: { file: '/data/myid', text: undefined } });
  return { authentication: await createAuthentication(config, logger), warnings };
}

const schemesOf = async (...lines: readonly string[]): Promise<string[]> =>
  [...(await create(...lines)).authentication.providers.keys()].sort();

/** Named, and not opened by who asks for providers. */
const STORES = ['ssl.keyStore.location=/none.p12', 'ssl.trustStore.location=/none.pem'];

describe('the providers', () => {
  it.each<[readonly string[], readonly string[]]>([
    [[], ['digest', 'ip']],
    [['DigestAuthenticationProvider.enabled=false'], ['ip']],
    [
      ['secureClientPort=2281', ...STORES],
      ['digest', 'ip', 'x509'],
    ],
    [
      ['client.portUnification=true', ...STORES],
      ['digest', 'ip', 'x509'],
    ],
    [
      ['SASL', 'X509', 'Ensemble', 'IP', 'Digest'].map(
        (name) => `authProvider.${name}=${BUILT_IN}.${name}AuthenticationProvider`,
      ),
      ['digest', 'ensemble', 'ip', 'sasl', 'x509'],
    ],
  ])('of %j have the schemes %j', async (lines, schemes) => {
    expect(await schemesOf(...lines)).toEqual(schemes);
  });

  it('may come from a module', async () => {
    expect(await schemesOf(`authProvider.1=${join(directory, 'provider.mjs')}`, 'scheme=kerberos')).toContain(
      'kerberos',
    );
  });

  it.each([`${BUILT_IN}.KeyAuthenticationProvider`, 'com.example.LdapProvider'])(
    'are none for the Java class %s, which is said',
    async (name) => {
      const { authentication, warnings } = await create(`authProvider.7=${name}`);
      expect([...authentication.providers.keys()].sort()).toEqual(['digest', 'ip']);
      expect(warnings).toEqual([
        { message: expect.stringContaining('Java class'), fields: { key: 'authProvider.7', class: name } },
      ]);
    },
  );
});

describe('SASL', () => {
  it('has servers once there is a login', async () => {
    expect((await create()).authentication.saslServers).toBeUndefined();
    const { authentication } = await create(`java.security.auth.login.config=${join(directory, 'jaas.conf')}`);
    expect(authentication.saslServers?.createSaslServer().evaluate(new Uint8Array(0)).type).toBe('challenge');
  });
});

describe('what cannot be done as asked', () => {
  it.each([
    [
      ['enforce.auth.enabled=true', 'enforce.auth.schemes=digest,kerberos'],
      /zoo.cfg:4: .*no provider has the scheme kerberos/,
    ],
    [['sessionRequireClientSASLAuth=true', 'JAAS'], /zoo.cfg:3: .*the scheme sasl; add authProvider.1=org.apache/],
    [['secureClientPort=2281', 'ssl.authProvider=mine', ...STORES], /zoo.cfg:4: ssl.authProvider=mine: .*x509/],
    [['DigestAuthenticationProvider.digestAlg=ROT13'], /zoo.cfg:3: .*ROT13/],
    [['java.security.auth.login.config=/nowhere'], /zoo.cfg:3: .*ENOENT/],
    [['JAAS', 'sasl.serverconfig=Zebu'], /zoo.cfg:3: .*has no section Zebu/],
    [['authProvider.1=./nowhere.mjs'], /zoo.cfg:3: authProvider.1=.\/nowhere.mjs: it cannot be loaded/],
  ])('%j is refused', async (lines, message) => {
    const written = lines.map((line) =>
      line === 'JAAS' ? `java.security.auth.login.config=${join(directory, 'jaas.conf')}` : line,
    );
    await expect(create(...written)).rejects.toThrow(message);
    await expect(create(...written)).rejects.not.toThrow(/sesame/);
  });
});
