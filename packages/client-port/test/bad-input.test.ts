// What strangers send. A connection that misbehaves is dropped with a line in the log, and its neighbour does not notice.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { frameOf, lengthOf, PortFixture, turns } from './port-fixture.ts';

describe('bad input on the client port', () => {
  let fixture: PortFixture;
  let neighbour: { check(): Promise<void> };

  beforeEach(async () => {
    fixture = await PortFixture.start({ maxFrameBytes: 1000 });
    neighbour = await fixture.healthyNeighbour();
  });

  afterEach(async () => {
    await neighbour.check();
    await fixture.stop();
  });

  const problems = (): unknown[] => fixture.logger.warnings.map(({ fields }) => fields['problem']);

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: zoo\r\n\r\n')],
    ['a TLS hello', Buffer.from('16030100f8010000f40303', 'hex')],
    ['an unknown four-letter word', Buffer.from('foob')],
    ['telnet saying goodbye', Buffer.from('fff4fffd06', 'hex')],
    ['zeros behind an absurd length', Buffer.concat([lengthOf(0x7fff_ffff), Buffer.alloc(1000)])],
  ])('%s instead of a first frame: dropped, and the core never hears of it', async (_name, bytes) => {
    const connectedBefore = fixture.connected.length;
    const client = await fixture.connect();
    client.write(bytes);
    await client.untilClosed();
    expect(client.received()).toHaveLength(0);
    expect(problems()).toEqual([expect.stringMatching(/^a frame of /)]);
    // An absurd but positive length is only seen to be one behind the first four bytes.
    const told = fixture.connected.slice(connectedBefore);
    expect(fixture.disconnected).toEqual(told);
    expect(fixture.frames.every(({ connection }) => !told.includes(connection))).toBe(true);
  });

  it.each([-1, -0x8000_0000])('a first length of %i: dropped', async (length) => {
    const client = await fixture.connect();
    client.write(lengthOf(length));
    await client.untilClosed();
    expect(problems()).toEqual(['a frame of a negative length']);
  });

  it.each([
    ['negative', -5, 'a frame of the negative length -5'],
    ['beyond reason', 16_001, 'a frame of 16001 bytes, more than jute.maxbuffer=1000'],
  ])(
    'a length that is %s later on: dropped, and the core hears that the client left',
    async (_name, length, problem) => {
      const client = await fixture.connect();
      client.write(frameOf('a good start'));
      await fixture.until(() => fixture.frames.length === 2);
      const connection = fixture.connected.at(-1);
      client.write(lengthOf(length));
      await client.untilClosed();
      await fixture.until(() => fixture.disconnected.length > 0);
      expect(fixture.disconnected).toEqual([connection]);
      expect(problems()).toEqual([problem]);
    },
  );

  describe('an oversized request behind a first frame', () => {
    const HEADER = Buffer.from('0000000700000001', 'hex');

    async function started() {
      const client = await fixture.connect();
      client.write(frameOf('start'));
      await fixture.until(() => fixture.frames.length === 2);
      return client;
    }

    it('is handed up as its length and header, and answered although the client goes on writing', async () => {
      const client = await started();
      fixture.onFrame = (connection, bytes) => {
        expect(Buffer.from(bytes)).toEqual(Buffer.concat([lengthOf(16_000), HEADER]));
        fixture.port.send(connection, frameOf('refused'));
        fixture.port.closeConnection(connection);
      };
      client.write(Buffer.concat([lengthOf(16_000), HEADER]));
      await fixture.until(() => fixture.frames.length === 3);
      fixture.onFrame = () => {};
      client.write(Buffer.alloc(15_992));
      await client.untilClosed();
      expect(client.received()).toEqual(new Uint8Array(frameOf('refused')));
      expect(problems()).toEqual([]);
    });

    it('is the last thing that is heard of a connection, which is cut off if it never ends', async () => {
      const client = await started();
      client.write(Buffer.concat([lengthOf(1001), HEADER, Buffer.alloc(993), frameOf('behind')]));
      await fixture.until(() => fixture.frames.length === 3);
      client.write(Buffer.alloc(16_000));
      await client.untilClosed();
      expect(fixture.frames).toHaveLength(3);
      expect(problems()).toEqual(['more than 16000 bytes in and behind an oversized request']);
    });
  });

  it('a truncated frame, then the end: the core hears of the leaving, never of the frame', async () => {
    const client = await fixture.connect();
    client.write(frameOf('whole'));
    client.write(frameOf('cut short').subarray(0, 7));
    await fixture.until(() => fixture.frames.length === 2);
    client.close();
    await fixture.until(() => fixture.disconnected.length === 1);
    expect(fixture.frames.at(-1)?.bytes).toEqual(new Uint8Array(frameOf('whole')));
  });

  it('a client that connects and leaves, or sends three bytes and leaves: nothing', async () => {
    for (const bytes of ['', 'abc']) {
      const client = await fixture.connect();
      client.write(bytes);
      client.halfClose();
      await client.untilClosed();
    }
    expect(fixture.connected).toHaveLength(1);
    expect(fixture.disconnected).toEqual([]);
    expect(fixture.logger.warnings).toEqual([]);
  });

  it('a client that resets its connection', async () => {
    const client = await fixture.connect();
    client.write(frameOf('hello'));
    await fixture.until(() => fixture.frames.length === 2);
    const connection = fixture.frames[1]?.connection;
    client.socket.resetAndDestroy();
    await fixture.until(() => fixture.disconnected.length === 1);
    fixture.port.send(connection as never, frameOf('nobody'));
    await turns();
  });

  it('a client that closes its sending side gets what was queued for it, and is gone for the core', async () => {
    const client = await fixture.connect();
    fixture.onFrame = (connection) => fixture.port.send(connection, frameOf('answer'));
    client.write(frameOf('question'));
    client.halfClose();
    await client.untilClosed();
    fixture.onFrame = () => {};
    expect(client.received()).toEqual(new Uint8Array(frameOf('answer')));
    expect(fixture.disconnected).toHaveLength(1);
  });

  it('one byte at a time, from many clients at once', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => fixture.connect()));
    const bytes = frameOf('slowly but surely');
    for (const byte of bytes) {
      for (const client of clients) client.write(Uint8Array.of(byte));
      await turns(1);
    }
    await fixture.until(() => fixture.frames.length === 21);
    expect(fixture.frames.slice(1).every((frames) => Buffer.from(frames.bytes).equals(bytes))).toBe(true);
  });

  it('a flood of garbage makes one line a second, which counts the others', async () => {
    const attack = async (): Promise<void> => {
      const client = await fixture.connect();
      client.write(lengthOf(-1));
      await client.untilClosed();
    };
    for (let i = 0; i < 10; i++) await attack();
    expect(fixture.logger.warnings).toHaveLength(1);
    fixture.clock.advance(1000);
    await attack();
    expect(fixture.logger.warnings[1]?.fields).toMatchObject({ suppressedCount: 9 });
  });
});

describe('clients that keep silent', () => {
  it('are dropped after the sessionless timeout, also when their bytes trickle in', async () => {
    const fixture = await PortFixture.start({ sessionlessTimeoutMs: 1000 });
    const neighbour = await fixture.healthyNeighbour();
    const silent = await fixture.connect();
    const trickling = await fixture.connect();
    const bytes = frameOf('never whole');
    for (let i = 0; i < 9; i++) {
      trickling.write(bytes.subarray(i, i + 1));
      await turns();
      fixture.clock.advance(100);
    }
    await turns();
    expect([silent.closed(), trickling.closed()]).toEqual([false, false]);
    fixture.clock.advance(200);
    await silent.untilClosed();
    await trickling.untilClosed();
    await neighbour.check();
    expect(fixture.disconnected).toEqual(fixture.connected.slice(1));
    await fixture.stop();
  });

  it('are heard once more before they are judged, when this process was the one that slept', async () => {
    const fixture = await PortFixture.start({ sessionlessTimeoutMs: 1000 });
    const client = await fixture.connect();
    await fixture.until(() => true);
    await turns();
    client.write(frameOf('in time'));
    fixture.clock.advance(60_000);
    await fixture.until(() => fixture.frames.length === 1);
    await turns();
    expect(client.closed()).toBe(false);
    await fixture.stop();
  });

  it('are let be once they have sent a frame: their session is for the core to judge', async () => {
    const fixture = await PortFixture.start({ sessionlessTimeoutMs: 1000 });
    const neighbour = await fixture.healthyNeighbour();
    fixture.clock.advance(1_000_000);
    await turns();
    await neighbour.check();
    await fixture.stop();
  });
});
