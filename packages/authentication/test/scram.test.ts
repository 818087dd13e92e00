import type { SaslClient, SaslServer } from '@zebu/interfaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScramClients, createScramServers } from '../src/index.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (message: string): Uint8Array => new TextEncoder().encode(message);

const clientOf = (username: string, password: string, nonce?: string): SaslClient =>
  createScramClients({
    username,
    password,
    ...(nonce === undefined ? {} : { createNonce: () => nonce }),
  }).createSaslClient();

const SERVERS = createScramServers({
  credentials: new Map([
    ['ann', 'her password'],
    ['a,b=c', 'odd name'],
    ['Å', 'ñ'],
  ]),
});

/** What each side came to; undefined when it was not asked for more. */
function exchange(client: SaslClient, server: SaslServer): { client?: string; server?: string; user?: string } {
  const challenge = server.evaluate(client.begin());
  if (challenge.type !== 'challenge') return { server: challenge.type };
  const response = client.evaluate(challenge.token);
  if (response.type !== 'response') return { client: response.type };
  const outcome = server.evaluate(response.token);
  if (outcome.type !== 'complete') return { server: outcome.type === 'failed' ? outcome.reason : outcome.type };
  return { client: client.evaluate(outcome.token).type, server: outcome.type, user: outcome.authorizationId };
}

describe('SCRAM-SHA-256', () => {
  /** RFC 7677, section 3. */
  it('says what the example of the RFC says, on both sides', () => {
    const nonces = ['rOprNGfwEbeRWgbNEkqO', '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'] as const;
    const client = clientOf('user', 'pencil', nonces[0]);
    const server = createScramServers({
      credentials: new Map([['user', 'pencil']]),
      createNonce: () => nonces[1],
      saltOf: () => Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
    }).createSaslServer();

    const first = client.begin();
    expect(text(first)).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
    const challenge = server.evaluate(first) as { token: Uint8Array };
    expect(text(challenge.token)).toBe(`r=${nonces.join('')},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`);
    const response = client.evaluate(challenge.token) as { token: Uint8Array };
    expect(text(response.token)).toBe(`c=biws,r=${nonces.join('')},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`);
    const outcome = server.evaluate(response.token);
    expect(outcome).toMatchObject({ type: 'complete', authorizationId: 'user' });
    expect(text((outcome as { token: Uint8Array }).token)).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    expect(client.evaluate((outcome as { token: Uint8Array }).token)).toEqual({ type: 'complete' });
  });

  it.each([
    ['ann', 'her password'],
    ['a,b=c', 'odd name'],
    // Composed here, decomposed there.
    ['A\u030a', 'n\u0303'],
  ])('proves %s to the server, and the server to him', (user, password) => {
    expect(exchange(clientOf(user, password), SERVERS.createSaslServer())).toMatchObject({
      client: 'complete',
      server: 'complete',
    });
  });

  it('takes neither a wrong password nor an unknown user, and tells nobody which it was', () => {
    const reason = 'no such user, or another password';
    expect(exchange(clientOf('ann', 'his password'), SERVERS.createSaslServer())).toEqual({ server: reason });
    expect(exchange(clientOf('bob', 'her password'), SERVERS.createSaslServer())).toEqual({ server: reason });
    const saltFor = (user: string): string =>
      text((SERVERS.createSaslServer().evaluate(bytes(`n,,n=${user},r=x`)) as { token: Uint8Array }).token).replace(
        /^r=[^,]*/,
        '',
      );
    // Asked twice, an unknown user has one salt, as a known one has.
    for (const user of ['ann', 'bob']) expect(saltFor(user)).toBe(saltFor(user));
    expect(saltFor('ann')).not.toBe(saltFor('bob'));
  });

  it('has the client leave a server that has not the password', () => {
    const impostor = createScramServers({ credentials: new Map([['ann', 'a guess']]) }).createSaslServer();
    const client = clientOf('ann', 'her password');
    const challenge = impostor.evaluate(client.begin()) as { token: Uint8Array };
    expect(client.evaluate(challenge.token).type).toBe('response');
    for (const token of [`v=${Buffer.alloc(32).toString('base64')}`, 'e=other-error', '']) {
      expect(client.evaluate(bytes(token))).toMatchObject({ type: 'failed' });
    }
  });

  it('ends the exchange with the first failure, and with success', () => {
    const server = SERVERS.createSaslServer();
    expect(server.evaluate(bytes('garbage')).type).toBe('failed');
    expect(server.evaluate(clientOf('ann', 'her password').begin())).toMatchObject({ reason: 'the exchange is over' });
    const done = SERVERS.createSaslServer();
    const client = clientOf('ann', 'her password');
    expect(exchange(client, done).server).toBe('complete');
    expect(done.evaluate(client.begin()).type).toBe('failed');
    expect(client.evaluate(bytes('v=')).type).toBe('failed');
  });

  it.each([
    ['p=tls-unique,,n=ann,r=x', 'channel binding, or another identity, is asked for'],
    ['n,a=bob,n=ann,r=x', 'channel binding, or another identity, is asked for'],
    ['n,,n=ann', 'the first message cannot be read'],
    ['n,,n=,r=x', 'the first message cannot be read'],
    ['n,,n=a=b,r=x', 'the first message cannot be read'],
    ['n,,n=ann,r=', 'the first message cannot be read'],
    ['n,,n=ann,r=x y', 'the first message cannot be read'],
    ['n,,m=ext,n=ann,r=x', 'the first message cannot be read'],
  ])('refuses to begin with %s', (message, reason) => {
    expect(SERVERS.createSaslServer().evaluate(bytes(message))).toEqual({ type: 'failed', reason });
  });

  it('takes no proof of another exchange', () => {
    const [one, other] = [clientOf('ann', 'her password'), clientOf('ann', 'her password')];
    const [first, second] = [SERVERS.createSaslServer(), SERVERS.createSaslServer()];
    const challenge = first.evaluate(one.begin()) as { token: Uint8Array };
    second.evaluate(other.begin());
    const { token } = one.evaluate(challenge.token) as { token: Uint8Array };
    expect(second.evaluate(token)).toEqual({ type: 'failed', reason: 'the nonce is another' });
  });

  it.each([
    ['r=other,s=c2FsdA==,i=4096', 'the nonce is another'],
    ['r=mine,s=c2FsdA==,i=4096', 'the nonce is another'],
    ['r=mineyours,s=,i=4096', 'the challenge cannot be read'],
    ['r=mineyours,s=c2FsdA==,i=4095', '4095 iterations are asked for, not 4096 to 8192'],
    ['r=mineyours,s=c2FsdA==,i=999999999', '999999999 iterations are asked for, not 4096 to 8192'],
    ['r=mineyours,s=c2FsdA==,i=1e3', 'the challenge cannot be read'],
    ['m=ext,r=mineyours,s=c2FsdA==,i=4096', 'the challenge cannot be read'],
  ])('does not answer the challenge %s', (challenge, reason) => {
    const client = clientOf('ann', 'her password', 'mine');
    client.begin();
    expect(client.evaluate(bytes(challenge))).toEqual({ type: 'failed', reason });
    expect(client.evaluate(bytes('r=mineyours,s=c2FsdA==,i=4096')).type).toBe('failed');
  });

  it('fails on any other bytes, on either side, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (garbage) => {
        const server = SERVERS.createSaslServer();
        expect(server.evaluate(garbage).type).toBe('failed');
        const asked = SERVERS.createSaslServer();
        asked.evaluate(bytes('n,,n=ann,r=x'));
        expect(asked.evaluate(garbage).type).toBe('failed');
        expect(clientOf('ann', 'her password').evaluate(garbage).type).toBe('failed');
      }),
    );
  });
});
