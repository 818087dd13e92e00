// The parts of a diagram, by what they say and where they begin and end; how it looks is for eyes.

import type { Epoch, ServerId, SessionId, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { pairMessages } from '../src/diagram/arrows.ts';
import { LabelSpace } from '../src/diagram/label-space.ts';
import { lifelinesOf } from '../src/diagram/lifelines.ts';
import { renderDiagram } from '../src/diagram/render-diagram.ts';
import { timeAxis } from '../src/diagram/time-axis.ts';
import type { HistoryEvent } from '../src/history/event.ts';

const [A, B] = [1 as ServerId, 2 as ServerId];
const zxid = (counter: number): Zxid => (0x1_0000_0000n + BigInt(counter)) as Zxid;
const txns = [{ zxid: zxid(1), hash: 7, bytes: 100 }];

const HISTORY: readonly HistoryEvent[] = [
  { at: 0, type: 'phase', phase: 'faults' },
  { at: 0, type: 'started', server: A, incarnation: 1 },
  { at: 0, type: 'started', server: B, incarnation: 1 },
  role(2, A, 'LEADING', true),
  role(3, B, 'FOLLOWING', true),
  {
    at: 4,
    type: 'invoked',
    client: 'writer-1',
    operation: 1,
    request: { type: 'create', path: '/<b>', data: '"x" & y', ephemeral: false, sequential: false },
  },
  { at: 5, type: 'packetSent', from: A, to: B, packet: { type: 'PING', number: 3 } },
  { at: 5, type: 'packetSent', from: A, to: B, packet: { type: 'PROPOSAL', txns } },
  { at: 5, type: 'appended', server: A, txns },
  { at: 6, type: 'packetReceived', from: A, to: B, packet: { type: 'PING', number: 3 } },
  { at: 7, type: 'packetReceived', from: A, to: B, packet: { type: 'PROPOSAL', txns } },
  { at: 8, type: 'flushed', server: B, zxid: zxid(1) },
  { at: 8, type: 'packetSent', from: B, to: A, packet: { type: 'ACK', zxid: zxid(1) } },
  { at: 9, type: 'returned', client: 'writer-1', operation: 1, outcome: { ok: true, zxid: zxid(1), path: '/<b>' } },
  { at: 14, type: 'fault', kind: 'powerLoss', description: 'of <script>alert(1)</script>', servers: [B] },
  { at: 14, type: 'ended', server: B, how: 'powerLoss' },
  { at: 500, type: 'sessionExpired', client: 'writer-1', sessionId: 0x1234n as SessionId },
];

const VIOLATION = {
  checker: 'acknowledged-is-durable',
  at: 9,
  eventIndex: 13,
  message: '/<b> was acknowledged, and no quorum has it',
  servers: [A],
};

describe('a diagram', () => {
  const page = renderDiagram(HISTORY, { title: 'seed <7>', violation: VIOLATION });

  it('says what the history says', () => {
    expect(textsOf(page)).toEqual([
      '0 ms',
      '5 ms',
      '14 ms',
      'phase: faults',
      'powerLoss: of &lt;script&gt;alert(1)&lt;/script&gt; (server 2)',
      'starts',
      'starts',
      'LEADING, serves e1',
      'FOLLOWING 1, serves e1',
      'flushed 1:1',
      'power loss',
      'PROPOSAL 1:1',
      'ACK 1:1',
      'acknowledged-is-durable: /&lt;b&gt; was acknowledged, and no quorum has it',
    ]);
  });

  it('tells the pointer more', () => {
    const hints = [...page.matchAll(/<title>([^<]*)<\/title>/g)].map((match) => match[1]);
    expect(hints).toContain('1 to 2: PROPOSAL 1:1\n5 ms to 7 ms');
    expect(hints).toContain('2 to 1: ACK 1:1\nlost, or not there yet at the end');
    expect(hints).toContain('server 1: LEADING, epoch 1, serves clients\n2 ms to 109 ms');
    expect(hints).toContain('writer-1: create /&lt;b&gt; = &quot;x&quot; &amp; y\nok at 1:1: /&lt;b&gt;\n4 ms to 9 ms');
  });

  it('lets nothing of the history become markup', () => {
    expect(page).toContain('<title>seed &lt;7&gt;</title>');
    expect(page).not.toMatch(/<script|<b>/);
    expect(page.match(/<svg/g)).toHaveLength(1);
    expect(page.match(/<g[ >]/g)?.length).toBe(page.match(/<\/g>/g)?.length);
  });

  it('needs nothing from elsewhere', () => {
    expect(page.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<link|src=/);
  });

  it('shows the part that is asked for, and says so', () => {
    const part = renderDiagram(HISTORY, { title: 'part', from: 7, to: 8 });
    expect(part).toContain('Shown: 7 ms to 8 ms, of 0 ms to 500 ms. 1 PINGs are not drawn.');
    expect(textsOf(part)).toEqual(expect.arrayContaining(['flushed 1:1', 'PROPOSAL 1:1', 'ACK 1:1']));
    expect(part).not.toContain('power loss');
  });

  it('is a page also of nothing', () => {
    expect(renderDiagram([], { title: 'nothing' })).toContain('0 events');
  });
});

describe('arrows', () => {
  const sent = (at: number, counter: number): HistoryEvent => ({
    at,
    type: 'packetSent',
    from: A,
    to: B,
    packet: { type: 'COMMIT', zxid: zxid(counter) },
  });
  const received = (at: number, counter: number): HistoryEvent =>
    ({ ...sent(at, counter), type: 'packetReceived' }) as HistoryEvent;
  const paired = (...history: HistoryEvent[]): unknown =>
    pairMessages(history).arrows.map(({ words, sentAt, receivedAt }) => [words, sentAt, receivedAt]);

  it('end where what was passed over was lost', () => {
    expect(paired(sent(1, 1), sent(2, 2), received(5, 2))).toEqual([
      ['COMMIT 1:1', 1, undefined],
      ['COMMIT 1:2', 2, 5],
    ]);
  });

  it('end where something was said anew before it could be heard', () => {
    expect(paired(sent(1, 1), sent(501, 1), received(505, 1))).toEqual([
      ['COMMIT 1:1', 1, undefined],
      ['COMMIT 1:1', 501, 505],
    ]);
  });

  it('are one where they would lie on each other', () => {
    expect(paired(sent(1, 1), sent(1, 2), received(3, 1), received(3, 2))).toEqual([['COMMIT 1:1, COMMIT 1:2', 1, 3]]);
  });
});

it('the line of a server tells what it was, from when to when', () => {
  const spans = lifelinesOf(
    [
      ...HISTORY,
      { at: 510, type: 'started', server: B, incarnation: 2 },
      { at: 520, type: 'paused', server: B },
      { at: 530, type: 'resumed', server: B },
    ],
    [B],
    600,
  );
  expect(spans.map(({ state, from, to, paused }) => `${state}${paused ? ' paused' : ''} ${from}-${to}`)).toEqual([
    'starting 0-3',
    'FOLLOWING 3-14',
    'down 14-510',
    'starting 510-520',
    'starting paused 520-530',
    'starting 530-600',
  ]);
});

describe('the time axis', () => {
  it('folds what is quiet and stretches what is not', () => {
    const axis = timeAxis([0, 1, 2, 1000]);
    expect(axis.folds).toEqual([{ top: 24, bottom: 54, quietMs: 998 }]);
    expect([0, 1, 1.5, 2, 1000].map((at) => axis.y(at))).toEqual([0, 12, 18, 24, 54]);
  });

  it('leaves room behind a moment', () => {
    const axis = timeAxis([0, 1, 2], { after: 1, height: 100 });
    expect([axis.y(1), axis.y(2), axis.height]).toEqual([12, 124, 124]);
  });
});

it('labels do not lie on each other', () => {
  const space = new LabelSpace();
  const here = { x: 0, y: 0, anchor: 'start' } as const;
  const below = { x: 0, y: 30, anchor: 'start' } as const;
  expect([
    space.take('one', [here, below]),
    space.take('two', [here, below]),
    space.take('three', [here, below]),
  ]).toEqual([here, below, undefined]);
});

function role(at: number, server: ServerId, state: 'LEADING' | 'FOLLOWING', serving: boolean): HistoryEvent {
  return { at, type: 'role', server, state, zabState: 'BROADCAST', leader: A, epoch: 1 as Epoch, serving };
}

/** What is written in the drawing, without what only the pointer shows. */
const textsOf = (page: string): string[] =>
  [...page.replace(/<title>[^<]*<\/title>/g, '').matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(
    (match) => match[1] ?? '',
  );
