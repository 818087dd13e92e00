// ZooKeeperServer.processPacket and processSasl, AuthenticationHelper.

import { createDigestProvider } from '@zebu/authentication';
import type { Authentication, AuthenticationProvider, SaslStep } from '@zebu/interfaces';
import { decodeGetAclResponse, decodeSetSaslResponse } from '@zebu/jute';
import { type Acl, ErrorCode, OpCode, Xid, ZERO_ZXID } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { testAuthentication } from './support/test-authentication.ts';
import { type TestClient, TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

const SECRET = 'open-sesame';
const ANN = `ann:${SECRET}`;
const ann: Acl = { permissions: 31, scheme: 'digest', id: hashOf(ANN) };
const own: Acl = { permissions: 31, scheme: 'auth', id: '' };

/** Says what its client asks for. */
const obedient: AuthenticationProvider = {
  scheme: 'obedient',
  isAuthenticated: false,
  authenticate(proof) {
    const said = new TextDecoder().decode(proof ?? undefined);
    if (said === 'leave') return { type: 'disconnect' };
    return said === 'fail' ? { type: 'failed' } : { type: 'proven', identities: [`obedient:${said}`] };
  },
  isValid: (id) => id !== '',
  matches: (id, aclExpression) => aclExpression === 'everyone' || id === aclExpression,
  userNameOf: (id) => id,
};

/** A challenge, then whoever the client says it is. */
const saslServers = {
  createSaslServer: () => {
    let challenged = false;
    return {
      evaluate(response: Uint8Array): SaslStep {
        const said = new TextDecoder().decode(response);
        if (!challenged) {
          challenged = true;
          return { type: 'challenge', token: wire.text('who are you?') };
        }
        return said === SECRET
          ? { type: 'failed', reason: 'mismatched response' }
          : { type: 'complete', token: wire.text('welcome'), authorizationId: said };
      },
    };
  },
};

const saslProvider: AuthenticationProvider = { ...obedient, scheme: 'sasl', isAuthenticated: true };

function serve(extra: Partial<Authentication> = {}) {
  const providers = new Map([...testAuthentication.providers, ['obedient', obedient], ['sasl', saslProvider]]);
  const authentication = { ...testAuthentication, providers, ...extra };
  const leader = new TestLeader({}, authentication);
  const server = leader.serve(undefined, { authentication });
  const connect = (): TestClient => server.connect();
  const ask = (client: TestClient, request: wire.RequestBody): wire.Reply => {
    client.request(request);
    leader.commit();
    return client.reply();
  };
  const authenticate = (client: TestClient, scheme: string, proof: string | null): void =>
    client.send(wire.requestFrame(Xid.AUTH, wire.auth(scheme, proof)));
  return { leader, server, connect, ask, authenticate };
}

describe('an auth packet', () => {
  it('is answered with its xid, no zxid and no body', () => {
    const { connect, authenticate } = serve();
    const client = connect();
    authenticate(client, 'digest', ANN);
    const { xid, zxid, error, body } = client.reply();
    expect({ xid, zxid, error, rest: body.remaining }).toEqual({ xid: -4, zxid: ZERO_ZXID, error: 0, rest: 0 });
    expect(client.closed).toBe(false);
  });

  it('opens what its identity may have, and nobody else', () => {
    const { connect, ask, authenticate } = serve();
    const [client, other] = [connect(), connect()];
    expect(ask(client, wire.create('/mine', { acl: [ann] })).error).toBe(ErrorCode.OK);
    expect(ask(client, wire.getData('/mine')).error).toBe(ErrorCode.NOAUTH);
    authenticate(client, 'digest', ANN);
    client.reply();
    expect(ask(client, wire.getData('/mine')).error).toBe(ErrorCode.OK);
    expect(ask(client, wire.setData('/mine', 'x')).error).toBe(ErrorCode.OK);
    expect(ask(other, wire.getData('/mine')).error).toBe(ErrorCode.NOAUTH);
    expect(ask(other, wire.setData('/mine', 'x')).error).toBe(ErrorCode.NOAUTH);
  });

  it('adds to the identities before it, and the scheme auth stands for those that are authenticated', () => {
    const { connect, ask, authenticate } = serve();
    const client = connect();
    expect(ask(client, wire.create('/early', { acl: [own] })).error).toBe(ErrorCode.INVALIDACL);
    authenticate(client, 'digest', ANN);
    authenticate(client, 'digest', 'bob:1');
    authenticate(client, 'obedient', 'x');
    client.replies();
    expect(ask(client, wire.create('/ours', { acl: [own] })).error).toBe(ErrorCode.OK);
    const { acl } = decodeGetAclResponse(ask(client, wire.getAcl('/ours')).body);
    expect(acl.map(({ id }) => id).sort()).toEqual([hashOf(ANN), hashOf('bob:1')].sort());
  });

  it('is answered past requests that are under way, and speaks for none of them', () => {
    const { leader, server, connect, authenticate } = serve();
    const client = connect();
    client.request(wire.create('/mine', { acl: [ann] }), wire.setData('/mine', 'x'), wire.sync('/'));
    const [held, read] = client.request(wire.setData('/mine', 'y'), wire.getData('/mine'));
    authenticate(client, 'digest', ANN);
    expect(client.xids()).toEqual([Xid.AUTH]);
    leader.commit();
    client.replies();
    server.confirmSyncs();
    leader.commit();
    const errors = new Map(client.replies().map(({ xid, error }) => [xid, error]));
    expect([errors.get(held as number), errors.get(read as number)]).toEqual([ErrorCode.NOAUTH, ErrorCode.NOAUTH]);
  });

  it('may be held back with the connect request', () => {
    const { server, leader, ask } = serve();
    const client = server.dial();
    client.send(wire.concat(wire.connectFrame(), wire.requestFrame(Xid.AUTH, wire.auth('digest', ANN))));
    leader.commit();
    expect(client.replies()).toHaveLength(2);
    expect(ask(client, wire.create('/mine', { acl: [own] })).error).toBe(ErrorCode.OK);
  });

  it.each([
    ['no such scheme', 'kerberos', 'x'],
    ['world', 'world', 'anyone'],
    ['super', 'super', ''],
    ['a refusal', 'obedient', 'fail'],
    ['no proof', 'digest', null],
    ['more identities than every write can carry', 'digest', 'x'.repeat(70_000)],
  ])('is refused and the connection closed: %s', (_, scheme, proof) => {
    const { leader, connect, authenticate } = serve();
    const client = connect();
    authenticate(client, scheme, proof);
    const { xid, zxid, error } = client.reply();
    expect({ xid, zxid, error }).toEqual({ xid: -4, zxid: ZERO_ZXID, error: ErrorCode.AUTHFAILED });
    expect(client.closed).toBe(true);
    expect(leader.tree.sessions.size).toBe(1);
  });

  it('sends the client to another server without a word', () => {
    const { connect, authenticate } = serve();
    const client = connect();
    authenticate(client, 'obedient', 'leave');
    expect(client.replies()).toEqual([]);
    expect(client.closed).toBe(true);
  });

  it('closes the connection when it cannot be read', () => {
    const { connect } = serve();
    const client = connect();
    client.send(wire.requestFrame(Xid.AUTH, { type: OpCode.AUTH, payload: new Uint8Array(5) }));
    expect(client.replies()).toEqual([]);
    expect(client.closed).toBe(true);
  });

  it('leaves matching to its provider', () => {
    const { connect, ask, authenticate } = serve();
    const client = connect();
    const acl = [{ permissions: 31, scheme: 'obedient', id: 'everyone' }];
    expect(ask(client, wire.create('/all', { acl })).error).toBe(ErrorCode.OK);
    expect(ask(client, wire.getData('/all')).error).toBe(ErrorCode.NOAUTH);
    authenticate(client, 'obedient', 'x');
    client.reply();
    expect(ask(client, wire.getData('/all')).error).toBe(ErrorCode.OK);
  });

  it('of the superuser opens everything', () => {
    const superDigest = hashOf('super:secret');
    const digest = createDigestProvider({ superDigest });
    const { connect, ask, authenticate } = serve({ providers: new Map([['digest', digest]]) });
    const client = connect();
    ask(client, wire.create('/mine', { acl: [ann] }));
    authenticate(client, 'digest', 'super:secret');
    client.reply();
    expect(ask(client, wire.getData('/mine')).error).toBe(ErrorCode.OK);
    expect(ask(client, wire.setAcl('/mine', [own])).error).toBe(ErrorCode.OK);
    const { acl } = decodeGetAclResponse(ask(client, wire.getAcl('/mine')).body);
    expect(acl).toEqual([{ permissions: 31, scheme: 'digest', id: superDigest }]);
  });
});

describe('identities of the transport', () => {
  it('are those of the connection from its beginning', () => {
    const { server, leader, connect, ask } = serve();
    ask(connect(), wire.create('/x', { acl: [{ permissions: 31, scheme: 'obedient', id: 'CN=ann' }] }));
    const client = server.dial('10.0.0.1:1', ['obedient:CN=ann']);
    client.send(wire.connectFrame());
    leader.commit();
    client.connected();
    expect(ask(client, wire.getData('/x')).error).toBe(ErrorCode.OK);
  });
});

describe('a SASL exchange', () => {
  const tokenOf = (reply: wire.Reply): string | null => {
    const { token } = decodeSetSaslResponse(reply.body);
    return token === null ? null : new TextDecoder().decode(token);
  };

  it('proves an identity in two steps', () => {
    const { connect, ask } = serve({ saslServers });
    const client = connect();
    const challenge = ask(client, wire.sasl(''));
    expect({ zxid: challenge.zxid, error: challenge.error }).toEqual({ zxid: ZERO_ZXID, error: ErrorCode.OK });
    expect(tokenOf(challenge)).toBe('who are you?');
    expect(ask(client, wire.create('/early', { acl: [own] })).error).toBe(ErrorCode.INVALIDACL);
    expect(tokenOf(ask(client, wire.sasl('bob')))).toBe('welcome');
    expect(ask(client, wire.create('/mine', { acl: [own] })).error).toBe(ErrorCode.OK);
    const { acl } = decodeGetAclResponse(ask(client, wire.getAcl('/mine')).body);
    expect(acl).toEqual([{ permissions: 31, scheme: 'sasl', id: 'bob' }]);
  });

  it('makes a superuser of those who are listed', () => {
    const { connect, ask } = serve({ saslServers, saslSuperUsers: new Set(['root']) });
    const [client, bob] = [connect(), connect()];
    ask(client, wire.create('/mine', { acl: [ann] }));
    for (const [each, name] of [
      [client, 'root'],
      [bob, 'bob'],
    ] as const) {
      ask(each, wire.sasl(''));
      ask(each, wire.sasl(name));
    }
    expect(ask(client, wire.getData('/mine')).error).toBe(ErrorCode.OK);
    expect(ask(bob, wire.getData('/mine')).error).toBe(ErrorCode.NOAUTH);
  });

  it('that fails ends the connection, not the session', () => {
    const { leader, server, connect, ask } = serve({ saslServers });
    const client = connect();
    ask(client, wire.sasl(''));
    const reply = ask(client, wire.sasl(SECRET));
    expect(reply.error).toBe(ErrorCode.AUTHFAILED);
    expect(tokenOf(reply)).toBeNull();
    expect(client.closed).toBe(true);
    expect(leader.tree.sessions.size).toBe(1);
    expect(JSON.stringify(server.complaints)).not.toContain(SECRET);
  });

  it('that fails is forgiven when the configuration says so', () => {
    const { connect, ask } = serve({ saslServers, allowSaslFailedClients: true });
    const client = connect();
    ask(client, wire.sasl(''));
    const reply = ask(client, wire.sasl(SECRET));
    expect([reply.error, tokenOf(reply), client.closed]).toEqual([ErrorCode.OK, null, false]);
    expect(ask(client, wire.create('/mine', { acl: [own] })).error).toBe(ErrorCode.INVALIDACL);
  });

  it('that fails is not forgiven where SASL is enforced', () => {
    const enforcedSchemes = new Set(['sasl']);
    const { connect, ask } = serve({ saslServers, allowSaslFailedClients: true, enforcedSchemes });
    const client = connect();
    ask(client, wire.sasl(''));
    expect(ask(client, wire.sasl(SECRET)).error).toBe(ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH);
    expect(client.closed).toBe(true);
  });

  it('gets an empty token where there is no login, and proves nothing', () => {
    const { connect, ask } = serve();
    const client = connect();
    const reply = ask(client, wire.sasl('anything'));
    expect([reply.error, tokenOf(reply), client.closed]).toEqual([ErrorCode.OK, null, false]);
    expect(ask(client, wire.create('/mine', { acl: [own] })).error).toBe(ErrorCode.INVALIDACL);
  });

  it('closes the connection when it has no token at all', () => {
    const { connect } = serve({ saslServers });
    const client = connect();
    client.request(wire.sasl(null));
    expect(client.replies()).toEqual([]);
    expect(client.closed).toBe(true);
  });
});

describe('enforced authentication', () => {
  it.each([
    ['a read', wire.exists('/')],
    ['a write', wire.create('/a')],
    ['a sync', wire.sync('/')],
    ['a ping', wire.ping()],
    ['the end of the session', wire.closeSession()],
  ])('refuses %s of a client that has not authenticated', (_, request) => {
    const { leader, connect } = serve({ enforcedSchemes: new Set(['digest']) });
    const client = connect();
    client.send(wire.requestFrame(7, request));
    const { xid, zxid, error, body } = client.reply();
    expect({ xid, zxid, error, rest: body.remaining }).toEqual({ xid: 7, zxid: ZERO_ZXID, error: -124, rest: 0 });
    expect(client.closed).toBe(true);
    expect(leader.uncommittedCount).toBe(0);
  });

  it('serves a client with an identity of one of its schemes', () => {
    const { connect, ask, authenticate } = serve({ enforcedSchemes: new Set(['sasl', 'digest']) });
    const client = connect();
    authenticate(client, 'digest', ANN);
    client.reply();
    expect(ask(client, wire.create('/a')).error).toBe(ErrorCode.OK);
  });

  it('is not content with an identity of another scheme', () => {
    const { connect, ask, authenticate } = serve({ enforcedSchemes: new Set(['sasl']) });
    const client = connect();
    authenticate(client, 'digest', ANN);
    client.reply();
    expect(ask(client, wire.create('/a')).error).toBe(ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH);
  });
});

it('no log tells a proof', () => {
  const { server, connect, authenticate } = serve({ saslServers });
  for (const scheme of ['digest', 'obedient', 'unheard-of']) authenticate(connect(), scheme, ANN);
  expect(JSON.stringify(server.complaints)).not.toContain(SECRET);
  expect(server.complaints.length).toBeGreaterThan(0);
});

function hashOf(userAndPassword: string): string {
  const client = { host: '127.0.0.1', identities: [] };
  const result = createDigestProvider().authenticate(wire.text(userAndPassword), client);
  return (result.type === 'proven' ? (result.identities[0] as string) : '').slice('digest:'.length);
}
