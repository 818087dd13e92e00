// The parts of the fuzzer without a server: the same seed gives the same frames, bytes are what the fields say, failures get small.

import { OpCode } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type Conversation, makeConversation } from '../src/conversation.ts';
import { describeConversation } from '../src/failure-report.ts';
import { bool, bytes, describeFrame, encodeFrame, int, long, raw, text } from '../src/field.ts';
import { mutate, mutateLast } from '../src/mutations.ts';
import { parseCommandLine } from '../src/options.ts';
import { seededRandom } from '../src/random.ts';
import { connectRequest, lastRequest, validRequest } from '../src/requests.ts';
import { shrink } from '../src/shrink.ts';

const SESSION = { id: 0x0102030405060708n, password: Uint8Array.of(9, 9) };

describe('frames', () => {
  it('are the bytes that their fields say', () => {
    const frame = {
      label: 'x',
      fields: [
        int('a', -2),
        long('b', 'session id'),
        bool('c', true),
        bytes('d', 'session password'),
        text('e', '/é'),
        bytes('f', null),
      ],
    };
    expect(encodeFrame(frame, SESSION).toString('hex')).toBe(
      '0000001efffffffe01020304050607080100000002090900000003' + '2fc3a9' + 'ffffffff',
    );
  });

  it('lie about lengths only where they are told to', () => {
    const fields = [text('path', '/a')];
    expect(encodeFrame({ label: 'x', fields, declaredLength: -1 }, SESSION).readInt32BE()).toBe(-1);
    expect(encodeFrame({ label: 'x', fields, declaredLength: 'none' }, SESSION).length).toBe(6);
    expect(encodeFrame({ label: 'x', fields, cutTo: 3 }, SESSION).toString('hex')).toBe('00000003000000');
  });

  it('read like a request', () => {
    const frame = {
      label: 'exists',
      fields: [int('xid', 1), text('path', '/a'), raw('garbage', Uint8Array.of(0xff))],
      cutTo: 3,
    };
    expect(describeFrame(frame)).toBe('exists xid=1 path="/a" garbage=<ff> (cut to 3 bytes)');
  });
});

describe('conversations', () => {
  it('are the same for the same seed and number, and others for others', () => {
    expect(makeConversation(1, 5, 0)).toEqual(makeConversation(1, 5, 0));
    expect(makeConversation(1, 5, 0)).not.toEqual(makeConversation(1, 6, 0));
    expect(makeConversation(1, 5, 0)).not.toEqual(makeConversation(2, 5, 0));
  });

  it('of a thousand hold every request, every way to cut them and every way to leave', () => {
    const all = Array.from({ length: 1000 }, (_, number) => makeConversation(1, number, 0));
    expect(new Set(all.map(({ chunking }) => chunking)).size).toBe(4);
    expect(new Set(all.map(({ ending }) => ending)).size).toBe(3);
    const types = new Set(
      all
        .flatMap(({ frames }) => frames.map(({ fields }) => fields[1]))
        .map((field) => field?.name === 'type' && field.value),
    );
    expect([...types]).toEqual(expect.arrayContaining(Object.values(OpCode)));
    const labels = all.flatMap(({ frames }) => frames.map(({ label }) => label));
    expect(labels).toEqual(expect.arrayContaining(['connect', 'four-letter word', 'garbage']));
  });
});

describe('mutations', () => {
  it('keep the frame whole unless it is the last', () => {
    const random = seededRandom(4);
    for (let count = 0; count < 2000; count++) {
      const bytesOfFrame = encodeFrame(mutate(validRequest(random, count).frame, random), SESSION);
      expect(bytesOfFrame.readInt32BE()).toBe(bytesOfFrame.length - 4);
      // Even of the last ones, and of connect requests, bytes can be had.
      encodeFrame(mutateLast(lastRequest(random, count), random), SESSION);
      encodeFrame(mutate(connectRequest(random, true), random), SESSION);
    }
  });
});

describe('shrinking', () => {
  const conversation = (number: number, ...names: string[]): Conversation => ({
    ...makeConversation(1, number, 0),
    frames: names.map((name) => ({ label: name, fields: [int('xid', 1), text('path', '/a'), int('version', 3)] })),
  });
  const labels = (conversations: readonly Conversation[]): string[] =>
    conversations.flatMap(({ frames }) => frames.map(({ label }) => label));

  it('leaves the one frame that matters, with the one field that does', async () => {
    const suspects = [conversation(1, 'a', 'b'), conversation(2, 'c', 'bad', 'd'), conversation(3, 'e')];
    const isBad = async (tried: readonly Conversation[]): Promise<boolean> =>
      tried.some(({ frames }) =>
        frames.some(({ label, fields }) => label === 'bad' && fields.some(({ name }) => name === 'version')),
      );
    const shrunk = await shrink(suspects, isBad, { attempts: 1000, limitMs: 60_000 });
    expect(labels(shrunk?.conversations ?? [])).toEqual(['bad']);
    expect(shrunk?.conversations[0]?.frames[0]?.fields).toEqual([int('version', 3)]);
    expect(describeConversation(shrunk?.conversations[0] as Conversation).slice(1)).toEqual([
      '  bad version=3',
      '    0000000400000003',
    ]);
  });

  it('says nothing when the suspects are innocent, and stops after so many attempts', async () => {
    expect(
      await shrink([conversation(1, 'a')], () => Promise.resolve(false), { attempts: 10, limitMs: 60_000 }),
    ).toBeUndefined();
    const shrunk = await shrink([conversation(1, 'a', 'b', 'c')], () => Promise.resolve(true), {
      attempts: 2,
      limitMs: 60_000,
    });
    expect(shrunk?.attempts).toBe(2);
  });
});

describe('the command line', () => {
  it('has defaults, and ends by frames or by minutes', () => {
    expect(parseCommandLine([], 7)).toEqual({ frames: 200_000, seed: 7, limitMs: undefined, rounds: 4 });
    expect(parseCommandLine(['--frames', '1000000', '--seed', '3'], 7)).toMatchObject({
      frames: 1_000_000,
      seed: 3,
      rounds: 20,
    });
    expect(parseCommandLine(['--minutes', '2'], 7)).toMatchObject({
      frames: Number.MAX_SAFE_INTEGER,
      limitMs: 120_000,
    });
  });

  it('refuses what it does not know', () => {
    expect(() => parseCommandLine(['--frames', 'many'], 7)).toThrow(/--frames many/);
    expect(() => parseCommandLine(['--fames', '1'], 7)).toThrow(/fames/);
  });
});
