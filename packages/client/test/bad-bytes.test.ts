import { FrameError } from '@zebu/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectClient, nextConnection, rejection } from './fixture.ts';
import { frame, replyFrame, settle } from './scripted-server.ts';

fc.configureGlobal({ seed: 31 });

const int = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
};

const BAD: readonly (readonly [string, Uint8Array])[] = [
  ['a negative length', int(-1)],
  ['a length over the limit', int(2000)],
  ['a frame that is cut off', replyFrame(1).subarray(0, 10)],
  ['a header that is cut off', frame((writer) => writer.writeInt(1))],
  ['a reply that nobody is owed', replyFrame(99)],
  ['a reply out of order', replyFrame(2)],
  ['an event that is cut off', frame((writer) => writer.writeRaw(replyFrame(-1).subarray(4)))],
];

describe('bytes that are no reply', () => {
  it.each(BAD)('%s loses the connection, and the session goes on', async (_, bytes) => {
    const fixture = await connectClient({ maxFrameBytes: 1000 });
    const call = rejection(fixture.client.delete('/a'));
    await settle();
    fixture.connection.push(bytes);
    const error = await call;
    expect(error).toMatchObject({ code: 'CONNECTIONLOSS', cause: { code: 'FRAME' } });
    expect(fixture.connection.closedByClient).toBe(true);
    expect(fixture.events.at(-1)).toMatchObject({ type: 'disconnected', error: expect.any(FrameError) });

    const next = await nextConnection(fixture);
    next.accept();
    await settle();
    const again = fixture.client.delete('/a');
    await settle();
    next.reply(next.takeRequest().xid);
    await again;
  });

  it('are never more than a lost connection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.boolean(), async (garbage, framed) => {
        const fixture = await connectClient();
        const call = fixture.client.delete('/a').then(
          () => 'done',
          (error: { code: string }) => error.code,
        );
        await settle();
        fixture.connection.push(framed ? frame((writer) => writer.writeRaw(garbage)) : garbage);
        fixture.connection.drop();
        expect(['done', 'CONNECTIONLOSS', 'UNKNOWN_CODE']).toContain(await call);
      }),
      { numRuns: 200 },
    );
  });

  it('in a handshake lose the connection too', async () => {
    const fixture = await connectClient();
    fixture.connection.drop();
    const next = await nextConnection(fixture);
    next.push(frame((writer) => writer.writeInt(0)));
    expect(next.closedByClient).toBe(true);
    (await nextConnection(fixture)).accept();
    await fixture.client.connected();
  });

  it('in a body reject that call alone', async () => {
    const { client, connection } = await connectClient();
    const calls = [rejection(client.getData('/a')), client.delete('/b')];
    await settle();
    connection.push(
      replyFrame(1, (writer) => writer.writeInt(5)),
      replyFrame(2),
    );
    expect(await calls[0]).toMatchObject({ code: 'MARSHALLINGERROR', cause: { code: 'JUTE' } });
    await calls[1];
    expect(client.state).toBe('connected');
  });
});
