// Unmodified clients authenticate: digest and SASL DIGEST-MD5, through a follower, and where it is enforced.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, run } from '../clients/run.ts';
import { EnsembleProcesses } from '../harness/ensemble-processes.ts';

const KAZOO_AUTHENTICATION = fileURLToPath(new URL('kazoo_authentication.py', import.meta.url));
const LOGIN_MODULE = 'org.apache.zookeeper.server.auth.DigestLoginModule';
const SASL_PROVIDER = 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider';
const SUPER = 'super:man';
const SECRETS = ['open-sesame', 'the builder', 'the burglar', 'of all', SUPER, 'ann:wrong'];

const digestOf = (credentials: string): string =>
  `${credentials.split(':')[0]}:${createHash('sha1').update(credentials).digest('base64')}`;

const kazoo = (check: string, ...args: readonly string[]): Promise<Outcome> =>
  run('/usr/bin/python3', [KAZOO_AUTHENTICATION, check, ...args]);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-authentication-'));
  writeFileSync(
    join(directory, 'jaas.conf'),
    `Server { ${LOGIN_MODULE} required user_bob="the builder" user_root="of all"; };\n`,
  );
  for (const [name, password] of [
    ['client', 'the builder'],
    ['burglar', 'the burglar'],
  ] as const) {
    writeFileSync(
      join(directory, `${name}.conf`),
      `Client { ${LOGIN_MODULE} required username="bob" password="${password}"; };\n`,
    );
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

const saslLines = (): readonly string[] => [
  `java.security.auth.login.config=${join(directory, 'jaas.conf')}`,
  `authProvider.1=${SASL_PROVIDER}`,
  'superUser=root',
];

/** ZooKeeper's own Java client, which says what happens to it on stdout. */
async function zkCli(address: string, login: 'client' | 'burglar', script: readonly string[]): Promise<string> {
  const { output } = await run(
    'env',
    [
      `CLIENT_JVMFLAGS=-Djava.security.auth.login.config=${join(directory, `${login}.conf`)}`,
      '/usr/share/zookeeper/bin/zkCli.sh',
      '-server',
      address,
    ],
    `${[...script, 'quit'].join('\n')}\n`,
  );
  return output;
}

describe('in an ensemble', () => {
  let ensemble: EnsembleProcesses;
  beforeAll(async () => {
    const superDigest = `DigestAuthenticationProvider.superDigest=${digestOf(SUPER)}`;
    ensemble = await EnsembleProcesses.start({ lines: [...saslLines(), superDigest] });
  });
  afterAll(() => ensemble.dispose());

  it('kazoo proves a digest through a follower, and the leader enforces ACLs by it', async () => {
    const { address } = await ensemble.follower();
    const { code, output } = await kazoo('digest', address, SUPER);
    expect({ code, output: output.trim() }).toEqual({ code: 0, output: 'digest ok' });
  });

  it('kazoo logs in by SASL DIGEST-MD5 through a follower, and with a wrong password does not', async () => {
    const { address } = await ensemble.follower();
    const { code, output } = await kazoo('login', address);
    expect({ code, output: output.trim() }).toEqual({ code: 0, output: 'login ok' });
  });

  it('the Java client logs in by SASL and makes an ACL of it, which holds on every server', async () => {
    const { address } = await ensemble.follower();
    const created = await zkCli(address, 'client', [
      'create /java secret sasl:bob:cdrwa',
      'create /java/own mine auth::cdrwa',
      'getAcl /java/own',
      'get /java',
    ]);
    expect(created).toContain('Created /java/own');
    expect(created).toMatch(/^'sasl,'bob$/m);
    expect(created).toMatch(/^secret$/m);
    for (const server of ensemble.servers) {
      const { output } = await run(
        '/usr/share/zookeeper/bin/zkCli.sh',
        ['-server', server.address],
        'get /java\nquit\n',
      );
      expect(output).toContain('Insufficient permission : /java');
    }
  });

  it('the Java client with a wrong password is told so', async () => {
    const { address } = await ensemble.follower();
    const output = await zkCli(address, 'burglar', ['get /java']);
    expect(output).toMatch(/AuthFailed|AUTH_FAILED/);
    expect(output).not.toMatch(/^secret$/m);
  });

  it('no log tells a password', () => {
    const logs = ensemble.servers.map((server) => server.log()).join('');
    expect(logs).toContain('SASL authentication failed');
    for (const secret of [...SECRETS, digestOf(SUPER)]) expect(logs).not.toContain(secret);
  });
});

describe('where SASL is enforced', () => {
  let ensemble: EnsembleProcesses;
  beforeAll(async () => {
    ensemble = await EnsembleProcesses.start({
      servers: 1,
      lines: [...saslLines(), 'sessionRequireClientSASLAuth=true'],
    });
  });
  afterAll(() => ensemble.dispose());

  it('kazoo is served when it logs in', async () => {
    const { code, output } = await kazoo('enforced', ensemble.server(1).address);
    expect({ code, output: output.trim() }).toEqual({ code: 0, output: 'enforced ok' });
  });

  it('the Java client is refused without a login', async () => {
    const { address } = ensemble.server(1);
    const { output } = await run('/usr/share/zookeeper/bin/zkCli.sh', ['-server', address], 'ls /\nquit\n');
    expect(output).not.toContain('[zookeeper]');
    expect(await zkCli(address, 'client', ['ls /'])).toContain('[zookeeper]');
  });
});

describe('a configuration that cannot authenticate', () => {
  it.each([
    ['sessionRequireClientSASLAuth=true', /zoo\.cfg:10: sessionRequireClientSASLAuth=true: nobody could log in/],
    ['enforce.auth.enabled=true', /zoo\.cfg:10: enforce\.auth\.enabled=true: needs schemes/],
    ['java.security.auth.login.config=/nowhere', /zoo\.cfg:10: .*\/nowhere cannot be read: ENOENT/],
    ['authProvider.1=./nowhere.js', /zoo\.cfg:10: authProvider\.1=\.\/nowhere\.js: it cannot be loaded/],
    ['DigestAuthenticationProvider.digestAlg=ROT13', /zoo\.cfg:10: .*ROT13/],
  ])('ends the start with exit code 2: %s', async (line, message) => {
    const ensemble = await EnsembleProcesses.create({ servers: 1, lines: [line] });
    const server = ensemble.server(1);
    server.start();
    expect(await server.exited()).toBe(2);
    expect(server.log()).toMatch(message);
    await ensemble.dispose();
  });
});
