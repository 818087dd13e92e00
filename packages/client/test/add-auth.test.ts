import { ClientClosedError } from '@zebu/client';
import { decodeAuthPacket } from '@zebu/jute';
import { ErrorCode, OpCode, Xid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { connectClient, nextConnection, rejection, startClient } from './fixture.ts';
import { type ScriptedConnection, settle } from './scripted-server.ts';

const packets = (connection: ScriptedConnection): string[] =>
  connection.takeRequests().map(({ xid, type, body }) => {
    expect([xid, type]).toEqual([Xid.AUTH, OpCode.AUTH]);
    const { scheme, auth } = decodeAuthPacket(body);
    return `${scheme} ${new TextDecoder().decode(auth ?? undefined)}`;
  });

describe('addAuth', () => {
  it('sends the proof, and resolves when the server believes it', async () => {
    const { client, connection } = await connectClient();
    const proven = client.addAuth('digest', 'ann:secret');
    await settle();
    expect(packets(connection)).toEqual(['digest ann:secret']);
    connection.reply(Xid.AUTH);
    expect(await proven).toBeUndefined();
  });

  it('tells each new connection before all else, in order', async () => {
    const fixture = await connectClient();
    const both = [fixture.client.addAuth('digest', 'ann:secret'), fixture.client.addAuth('digest', 'bob:secret')];
    fixture.connection.reply(Xid.AUTH);
    await both[0];
    const read = rejection(fixture.client.getData('/a'));
    fixture.connection.drop();
    await read;
    const later = fixture.client.exists('/a').catch(() => undefined);
    const again = await nextConnection(fixture, 60_000);
    again.accept();
    await settle();
    const requests = again.takeRequests();
    expect(requests.map(({ type }) => type)).toEqual([OpCode.AUTH, OpCode.AUTH, OpCode.EXISTS]);
    again.reply(Xid.AUTH);
    again.reply(Xid.AUTH);
    await both[1];
    fixture.client.detach();
    await later;
  });

  it('waits for a connection', async () => {
    const { client, server } = startClient();
    const proven = client.addAuth('digest', new Uint8Array([97]));
    await settle();
    server.latest.accept();
    await settle();
    expect(packets(server.latest)).toEqual(['digest a']);
    server.latest.reply(Xid.AUTH);
    await proven;
  });

  it('rejects what the server does not believe, and forgets it', async () => {
    const fixture = await connectClient();
    const good = fixture.client.addAuth('digest', 'ann:secret');
    const bad = rejection(fixture.client.addAuth('nobody', 'knows'));
    await settle();
    fixture.connection.reply(Xid.AUTH);
    await good;
    fixture.connection.reply(Xid.AUTH, undefined, { error: ErrorCode.AUTHFAILED });
    expect(await bad).toMatchObject({ code: 'AUTHFAILED' });
    fixture.connection.drop();
    const again = await nextConnection(fixture, 60_000);
    again.accept();
    await settle();
    expect(packets(again)).toEqual(['digest ann:secret']);
  });

  it('rejects when the client is closed before the server answered, and afterwards', async () => {
    const { client } = await connectClient();
    const unanswered = rejection(client.addAuth('digest', 'ann:secret'));
    client.detach();
    expect(await unanswered).toBeInstanceOf(ClientClosedError);
    expect(await rejection(client.addAuth('digest', 'ann:secret'))).toBeInstanceOf(ClientClosedError);
  });
});
