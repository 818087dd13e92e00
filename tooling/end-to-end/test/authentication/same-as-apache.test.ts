// What an auth packet, a SASL exchange or the want of them is answered with, byte for byte as Apache ZooKeeper answers.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PlainRequest, RawSession, type Reply, type Request } from '@zebu/conformance/raw';
import { freePorts } from '@zebu/ensemble/free-ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApacheServer } from '../harness/apache.ts';
import { EnsembleProcesses } from '../harness/ensemble-processes.ts';

type Step = Request | ((last: Reply | undefined) => Request);
type Answer = 'closed' | { readonly xid: number; readonly zxid: string; readonly err: number; readonly rest: unknown };

const LOGIN_MODULE = 'org.apache.zookeeper.server.auth.DigestLoginModule';
const CLASSES = 'org.apache.zookeeper.server.auth';

const auth = (scheme: string | null, proof: string | null): Request => ({ op: 'auth', type: 0, scheme, auth: proof });
const sasl = (token: string | null): Request => ({ op: 'sasl', token });
const whoAmI: Request = { op: 'whoAmI' };
const create = (path: string, scheme: string, id: string): PlainRequest => ({
  op: 'create',
  path,
  data: 'x',
  acl: [{ perms: 31, scheme, id }],
  flags: 0,
});

/** What a client answers to the challenge. */
function response(user: string, password: string, authzid?: string): Step {
  return (challenge) => {
    const nonce = /nonce="([^"]*)"/.exec(String(challenge?.body?.['token']))?.[1] ?? '';
    const md5 = (...parts: readonly (string | Buffer)[]): Buffer => {
      const hash = createHash('md5');
      for (const part of parts) hash.update(part);
      return hash.digest();
    };
    const secret = md5(
      md5(`${user}:zk-sasl-md5:${password}`),
      `:${nonce}:CNONCE${authzid === undefined ? '' : `:${authzid}`}`,
    ).toString('hex');
    const uri = md5('AUTHENTICATE:zookeeper/zk-sasl-md5').toString('hex');
    const value = md5(`${secret}:${nonce}:00000001:CNONCE:auth:${uri}`).toString('hex');
    return sasl(
      `charset=utf-8,username="${user}",realm="zk-sasl-md5",nonce="${nonce}",nc=00000001,cnonce="CNONCE",` +
        `digest-uri="zookeeper/zk-sasl-md5",response=${value},qop=auth${authzid === undefined ? '' : `,authzid="${authzid}"`}`,
    );
  };
}

async function play(port: number, steps: readonly Step[]): Promise<Answer[]> {
  const session = await RawSession.open(port);
  const answers: Answer[] = [];
  let last: Reply | undefined;
  for (const step of steps) {
    const request = typeof step === 'function' ? step(last) : step;
    last = await session.call(request).catch(() => undefined);
    answers.push(last === undefined ? 'closed' : plain(last));
  }
  await session.drop();
  return answers;
}

/** Without what no two servers have in common: zxids, times, nonces. */
const plain = ({ xid, zxid, err, body, undecoded }: Reply): Answer => ({
  xid,
  zxid: zxid === 0n ? 'none' : 'some',
  err,
  rest: JSON.parse(
    JSON.stringify([body, undecoded], (key, value: unknown) => (key === 'stat' ? undefined : value))
      .replace(/nonce=\\"[^"]*"/, 'nonce=')
      .replace(/rspauth=\w{32}/, 'rspauth='),
  ),
});

interface Comparison {
  readonly lines: readonly string[];
  readonly jaas?: true;
  readonly cases: Readonly<Record<string, readonly Step[]>>;
}

const SASL_CASES: Comparison['cases'] = {
  'a login': [sasl(''), response('bob', 'builder'), whoAmI, sasl('again'), whoAmI],
  'a login as someone else': [sasl(''), response('bob', 'builder', 'super'), whoAmI],
  'a superuser': [sasl(''), response('root', 'of all'), whoAmI],
  'a wrong password': [sasl(''), response('bob', 'burglar'), whoAmI],
  'an unknown user': [sasl(''), response('eve', 'x'), whoAmI],
  'garbage for an opening': [sasl('garbage'), response('bob', 'builder'), whoAmI],
  'garbage for an answer': [sasl(''), sasl('garbage'), whoAmI],
  'nothing for an answer': [sasl(''), sasl(''), whoAmI],
  'too much': [sasl('x'.repeat(5000)), whoAmI],
  'no token': [sasl(null), whoAmI],
  'a request without a record': [{ op: 'raw', type: 102, body: '' }, whoAmI],
  'an auth packet': [auth('sasl', 'bob'), whoAmI],
};

const IDS: readonly (readonly [scheme: string, id: string])[] = [
  ['digest', 'a'],
  ['digest', 'a:b'],
  ['digest', 'a:b:'],
  ['digest', 'a:b:c'],
  ['ip', '1.2.3.4/8'],
  ['ip', '+1.2.3.4'],
  ['ip', '1.2.3.4/33'],
  ['ip', '1.2.3'],
  ['sasl', 'bob'],
  ['x509', 'CN=bob'],
  ['world', 'someone'],
  ['super', ''],
  ['auth', ''],
  ['ensemble', 'east'],
  ['', ''],
];

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  'auth packets': {
    lines: [
      `DigestAuthenticationProvider.superDigest=super:${createHash('sha1').update('super:man').digest('base64')}`,
      `authProvider.1=${CLASSES}.EnsembleAuthenticationProvider`,
      'ensembleAuthName=east, west',
    ],
    cases: {
      'a digest': [auth('digest', 'ann:secret'), whoAmI, create('/ann', 'auth', ''), { op: 'getACL', path: '/ann' }],
      'three digests': [
        ...['ann:1', 'bob:2', 'eve:3'].map((proof) => auth('digest', proof)),
        whoAmI,
        create('/three', 'auth', 'ignored'),
      ],
      'the superuser': [auth('digest', 'super:man'), whoAmI],
      'no colon': [auth('digest', 'ann'), whoAmI],
      'no letter': [auth('digest', ''), whoAmI],
      'no proof': [auth('digest', null), whoAmI],
      'what is not UTF-8': [auth('digest', '\xff\xfe:x'), whoAmI],
      'no scheme': [auth(null, 'x'), whoAmI],
      'an unknown scheme': [auth('kerberos', 'x'), whoAmI],
      world: [auth('world', 'anyone'), whoAmI],
      super: [auth('super', ''), whoAmI],
      'an address': [auth('ip', '1.2.3.4'), whoAmI],
      'the right ensemble': [auth('ensemble', 'west'), whoAmI],
      'the wrong ensemble': [auth('ensemble', 'north'), whoAmI],
      'a torn record': [{ op: 'raw', type: 100, body: '\0\0\0\0' }, whoAmI],
      'SASL without a login': [sasl('x'), whoAmI],
      'ids in ACLs': IDS.map(([scheme, id], index) => create(`/id-${index}`, scheme, id)),
    },
  },
  SASL: {
    lines: [`authProvider.1=${CLASSES}.SASLAuthenticationProvider`, 'superUser.1=root'],
    jaas: true,
    cases: SASL_CASES,
  },
  'SASL whose failures are forgiven': {
    lines: [`authProvider.1=${CLASSES}.SASLAuthenticationProvider`, 'allowSaslFailedClients=true'],
    jaas: true,
    cases: SASL_CASES,
  },
  'enforced SASL': {
    lines: [
      `authProvider.1=${CLASSES}.SASLAuthenticationProvider`,
      'sessionRequireClientSASLAuth=true',
      'allowSaslFailedClients=true',
    ],
    jaas: true,
    cases: {
      ...SASL_CASES,
      'a read': [{ op: 'exists', path: '/', watch: false }, whoAmI],
      'a write': [create('/x', 'world', 'anyone'), whoAmI],
      'a ping': [{ op: 'ping' }, whoAmI],
      'the end of a session': [{ op: 'closeSession' }, whoAmI],
      'an unknown type': [{ op: 'raw', type: 99, body: '' }, whoAmI],
      'a digest': [auth('digest', 'ann:secret'), whoAmI],
    },
  },
};

describe.each(Object.entries(COMPARISONS))('%s', (_, { lines, jaas, cases }) => {
  let directory: string;
  let apache: ApacheServer;
  let apachePort: number;
  let ensemble: EnsembleProcesses;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'zebu-same-'));
    const file = join(directory, 'jaas.conf');
    writeFileSync(file, `Server { ${LOGIN_MODULE} required user_bob="builder" user_root="of all"; };\n`);
    const [port = 0] = await freePorts(1);
    apachePort = port;
    const property = `java.security.auth.login.config=${file}`;
    apache = new ApacheServer(directory, port, lines, jaas ? [`-D${property}`] : []);
    ensemble = await EnsembleProcesses.start({ servers: 1, lines: jaas ? [...lines, property] : lines });
    await apache.start();
  });
  afterAll(async () => {
    await Promise.all([apache.stop(), ensemble.dispose()]);
    rmSync(directory, { recursive: true });
  });

  it.each(Object.entries(cases))('%s', async (_case, steps) => {
    const expected = await play(apachePort, steps);
    expect(await play(ensemble.server(1).ports.client, steps)).toEqual(expected);
  });
});
