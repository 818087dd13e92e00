// Clients over TLS: openssl, kazoo and Java's own, on real server processes, with certificates of this run.

import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@zebu/ensemble/free-ports';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { run } from './clients/run.ts';
import { CertificateAuthority, type Identity, PASSWORD } from './harness/certificates.ts';
import { fourLetterWord } from './harness/four-letter-word.ts';
import { ServerProcess } from './harness/server-process.ts';
import { until } from './harness/wait.ts';

let directory: string;
let authority: CertificateAuthority;
let serverIdentity: Identity;
let clientIdentity: Identity;
let running: ServerProcess | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-secure-'));
  authority = await CertificateAuthority.create(join(directory, 'certificates'));
  serverIdentity = await authority.issue('server');
  clientIdentity = await authority.issue('client');
});
afterEach(async () => {
  await running?.stop('SIGKILL');
  running = undefined;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface SecureServer {
  readonly server: ServerProcess;
  readonly plainPort: number;
  readonly securePort: number;
}

let homeCount = 0;

/** Not started. The plain port is there for looking at the server, unless told. */
async function createServer(lines: readonly string[], plain = true): Promise<SecureServer> {
  const [plainPort = 0, securePort = 0] = await freePorts(2);
  const home = join(directory, `server-${++homeCount}`);
  mkdirSync(home, { recursive: true });
  const server = new ServerProcess(1, home, { client: plainPort, quorum: 0, election: 0 }, [
    `dataDir=${join(home, 'data')}`,
    ...(plain ? [`clientPort=${plainPort}`, 'clientPortAddress=127.0.0.1'] : []),
    'tickTime=500',
    'admin.enableServer=false',
    '4lw.commands.whitelist=*',
    ...lines.map((line) => line.replace('SECURE_PORT', String(securePort))),
  ]);
  running = server;
  return { server, plainPort, securePort };
}

const SECURE = ['secureClientPort=SECURE_PORT', 'secureClientPortAddress=127.0.0.1'];

const stores = (keyStore = serverIdentity.pkcs12): readonly string[] => [
  `ssl.keyStore.location=${keyStore}`,
  `ssl.keyStore.password=${PASSWORD}`,
  `ssl.trustStore.location=${authority.trustStore}`,
  `ssl.trustStore.password=${PASSWORD}`,
];

async function startServer(lines: readonly string[]): Promise<SecureServer> {
  const secure = await createServer(lines);
  secure.server.start();
  await secure.server.serving();
  return secure;
}

/** What `openssl s_client` says after a word. */
async function askWithOpenssl(port: number, word: string, identity?: Identity): Promise<string> {
  const certificate = identity === undefined ? [] : ['-cert', identity.certificate, '-key', identity.key];
  const target = ['-connect', `127.0.0.1:${port}`, '-CAfile', authority.certificate, '-verify_return_error'];
  const { output } = await run('openssl', ['s_client', ...target, ...certificate, '-ign_eof'], word, 20_000);
  return output;
}

function connectSecurely(port: number, identity = clientIdentity): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const options = { ca: readFileSync(authority.certificate), servername: 'localhost' };
    const key = { key: readFileSync(identity.key), cert: readFileSync(identity.certificate) };
    const socket = connect({ host: '127.0.0.1', port, ...options, ...key }, () => resolve(socket));
    socket.once('error', reject);
  });
}

const text = (socket: TLSSocket): Promise<string> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });

async function ask(port: number, word: string, identity = clientIdentity): Promise<string> {
  const socket = await connectSecurely(port, identity);
  const answer = text(socket);
  socket.write(word);
  return answer;
}

it('openssl s_client: a handshake with a certificate, none without', async () => {
  const { securePort, plainPort } = await startServer([...SECURE, ...stores()]);
  const answer = await askWithOpenssl(securePort, 'srvr', clientIdentity);
  expect(answer).toContain('Verify return code: 0 (ok)');
  expect(answer).toContain('TLSv1.3');
  expect(answer).toContain('Mode: standalone');
  const refusal = await askWithOpenssl(securePort, 'srvr');
  expect(refusal).toContain('alert certificate required');
  expect(refusal).not.toContain('Mode:');
  expect(await fourLetterWord(plainPort, 'conf')).toContain(
    `clientPort=${plainPort}\nsecureClientPort=${securePort}\n`,
  );
  expect(await fourLetterWord(plainPort, 'mntr')).toMatch(/zk_unsuccessful_handshake\t1\n/);
});

it('kazoo over TLS: sessions, writes, and ACLs of its certificate', async () => {
  const { securePort } = await startServer([...SECURE, ...stores(serverIdentity.pem)]);
  const check = fileURLToPath(new URL('./clients/kazoo_tls_check.py', import.meta.url));
  const { certificate, key } = clientIdentity;
  const args = [check, `127.0.0.1:${securePort}`, authority.certificate, certificate, key];
  expect(await run('/usr/bin/python3', args)).toMatchObject({ code: 0, output: 'all checks passed\n' });
});

it("Java's client over TLS, with Java's trust store", async () => {
  const { securePort } = await startServer([...SECURE, ...stores()]);
  const properties = {
    'client.secure': 'true',
    clientCnxnSocket: 'org.apache.zookeeper.ClientCnxnSocketNetty',
    'ssl.keyStore.location': clientIdentity.pkcs12,
    'ssl.keyStore.password': PASSWORD,
    'ssl.trustStore.location': authority.trustStore,
    'ssl.trustStore.password': PASSWORD,
  };
  const jars = readdirSync('/usr/share/java').filter((name) =>
    /^(netty-.*|zookeeper|slf4j-nop|commons-cli)\.jar$/.test(name),
  );
  const { output } = await run(
    'java',
    [
      ...Object.entries(properties).map(([key, value]) => `-Dzookeeper.${key}=${value}`),
      '-cp',
      jars.map((name) => join('/usr/share/java', name)).join(':'),
      'org.apache.zookeeper.ZooKeeperMain',
      '-server',
      `127.0.0.1:${securePort}`,
    ],
    'create /java over-tls\nget /java\nwhoami\n',
  );
  expect(output).toContain('over-tls');
  expect(output).toContain('x509: CN=client');
});

it('client.portUnification: both at one port; clientAuth=none wants no certificate', async () => {
  const lines = ['client.portUnification=true', 'ssl.clientAuth=none', ...stores()];
  const { plainPort } = await startServer(lines);
  expect(await askWithOpenssl(plainPort, 'srvr')).toContain('Mode: standalone');
  expect(await fourLetterWord(plainPort, 'srvr')).toContain('Mode: standalone');
});

it('a server with the secure port alone', async () => {
  const { server, securePort } = await createServer([...SECURE, ...stores()], false);
  server.start();
  const answer = await until('the server to serve', async () => {
    const conf = await ask(securePort, 'conf').catch(() => '');
    return conf.includes('clientPort=') && conf;
  });
  expect(answer).toContain(`clientPort=-1\nsecureClientPort=${securePort}\n`);
});

it('client.certReload: new certificates for new connections, old connections live on, and what is broken changes nothing', async () => {
  const keyStore = join(directory, 'reloaded.pem');
  const replace = (content: string): void => {
    writeFileSync(`${keyStore}.new`, content);
    renameSync(`${keyStore}.new`, keyStore);
  };
  replace(readFileSync(serverIdentity.pem, 'utf8'));
  const { server, securePort } = await startServer([...SECURE, ...stores(keyStore), 'client.certReload=true']);
  const before = await connectSecurely(securePort);
  const shown = async (): Promise<string> => {
    const socket = await connectSecurely(securePort);
    const name = socket.getPeerCertificate().subject.CN;
    socket.destroy();
    return String(name);
  };
  expect(await shown()).toBe('server');
  replace('-----BEGIN nonsense');
  await until(
    'the warning',
    () => server.logged('changed certificates are not usable: the former ones stay').length === 1,
  );
  expect(await shown()).toBe('server');
  replace(readFileSync((await authority.issue('renewed')).pem, 'utf8'));
  await until('the new certificate', async () => (await shown()) === 'renewed');
  const answer = text(before);
  before.write('srvr');
  expect(await answer).toContain('Mode: standalone');
});

it.each([
  [
    'a JKS store',
    () => [...SECURE, 'ssl.keyStore.location=/etc/zk/server.jks', 'ssl.clientAuth=none'],
    /zoo\.cfg:\d+: ssl\.keyStore\.location=\/etc\/zk\/server\.jks: only Java reads a JKS store; convert it with `keytool -importkeystore -srckeystore \/etc\/zk\/server\.jks -destkeystore \/etc\/zk\/server\.p12 -deststoretype PKCS12`/,
  ],
  [
    'a wrong password',
    () => [...SECURE, ...stores(), 'ssl.keyStore.password=hunter2'],
    /ssl\.keyStore\.location=.*: the password does not fit; correct ssl\.keyStore\.password/,
  ],
  ['no key store', () => [...SECURE], /ssl\.keyStore\.location: is missing, and secureClientPort wants/],
  ['ssl.crl', () => [...SECURE, ...stores(), 'ssl.crl=true'], /ssl\.crl=true: asks for protection/],
  [
    'an old protocol',
    () => [...SECURE, ...stores(), 'ssl.enabledProtocols=TLSv1.1'],
    /TLSv1\.1: that protocol is broken/,
  ],
])('%s ends the start with exit code 2 and says what to do', async (_what, lines, message) => {
  const { server } = await createServer(lines());
  server.start();
  expect(await server.exited()).toBe(2);
  expect(server.log()).toMatch(message);
  expect(server.log()).not.toContain('hunter2');
});
