import { describe, expect, it } from 'vitest';
import { BoardPainter, renderBoard } from '../src/board.ts';
import { displayOn } from '../src/display.ts';
import { layOut } from '../src/layout.ts';
import { lastLines } from '../src/server-process.ts';
import { isNews, type ServerStatus, statusOfMntr } from '../src/status.ts';

const layouts = layOut({ serverCount: 3, firstClientPort: 2181, dataDirectory: '/z', clean: false });

const serving = (role: string, zxid = '0x100000002'): ServerStatus => ({
  type: 'serving',
  role,
  epoch: '1',
  zxid,
  sessions: '2',
  znodes: '5',
});

const board = (statuses: readonly ServerStatus[]) =>
  statuses.map((status, index) => {
    const layout = layouts[index];
    if (layout === undefined) throw new Error('too many servers');
    return { layout, status };
  });

describe('the status board', () => {
  it('shows every server, and how to use them', () => {
    const exited: ServerStatus = {
      type: 'exited',
      reason: 'exited with code 1, see x.log',
      lastLogLines: ['port taken'],
    };
    expect(renderBoard(board([serving('leader'), { type: 'looking' }, exited]), '.zebu')).toBe(
      `Zebu, 3 servers, data and logs in .zebu

server  clients         role    epoch  zxid         sessions  znodes
1       127.0.0.1:2181  leader  1      0x100000002  2         5
2       127.0.0.1:2182  looking for a leader
3       127.0.0.1:2183  exited with code 1, see x.log
        port taken

connect  127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183
try      zkCli.sh -server 127.0.0.1:2181 create /hello world
stop     Ctrl-C`,
    );
  });

  it('is drawn over itself, only when it changed, and never wraps', () => {
    const written: string[] = [];
    const painter = new BoardPainter(
      (text) => written.push(text),
      () => 24,
    );
    painter.draw(`one\n${'x'.repeat(100)}`);
    painter.draw(`one\n${'x'.repeat(100)}`);
    painter.draw('two');
    painter.draw('three');
    expect(written).toEqual([`one\n${'x'.repeat(23)}\n`, '\u001b[2A\u001b[0Jtwo\n', '\u001b[1A\u001b[0Jthree\n']);
  });
});

describe('plain lines', () => {
  it('tell news, and the connection string once', () => {
    const written: string[] = [];
    const display = displayOn({ write: (text) => written.push(text) }, '.zebu');
    const [server] = board([serving('leader')]);
    if (server === undefined) throw new Error('no server');
    display.show([server]);
    display.news(server);
    display.ready(['connect  here']);
    expect(written).toEqual(['server 1: leader, epoch 1, zxid 0x100000002, 2 sessions, 5 znodes\n', 'connect  here\n']);
  });

  it.each([
    [undefined, { type: 'starting' }, true],
    [{ type: 'starting' }, { type: 'starting' }, false],
    [{ type: 'starting' }, { type: 'looking' }, true],
    [serving('leader'), serving('leader', '0x100000003'), false],
    [serving('leader'), serving('follower'), true],
  ] as const)('from %j to %j is news: %s', (before, after, expected) => {
    expect(isNews(before, after)).toBe(expected);
  });
});

describe('the status of a server', () => {
  it('is read from mntr', () => {
    const text =
      'zk_version\t3\nzk_server_state\tleader\nzk_epoch\t1\nzk_last_zxid\t0x100000002\nzk_global_sessions\t2\nzk_znode_count\t5\n';
    expect(statusOfMntr(text)).toEqual(serving('leader'));
  });

  it('is looking while nothing is served', () => {
    expect(statusOfMntr('This ZooKeeper instance is not currently serving requests\n')).toEqual({ type: 'looking' });
  });

  it('has a question mark for what a server does not tell', () => {
    expect(statusOfMntr('zk_server_state\tfollower\n')).toMatchObject({ role: 'follower', epoch: '?', znodes: '?' });
  });
});

it('the last lines of a log leave out empty ones, and show what JSON says', () => {
  expect(lastLines('a\n\nb\nc\n', 2)).toEqual(['b', 'c']);
  expect(lastLines('', 2)).toEqual([]);
  const log = '{"level":"error","pid":1,"msg":"port taken"}\n{"not":"ours"}\n{broken';
  expect(lastLines(log, 3)).toEqual(['error: port taken', '{"not":"ours"}', '{broken']);
});
