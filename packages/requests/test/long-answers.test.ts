// Listings that take more than one step: exact at their zxid, in their turn, and nobody else waits.

import { decodeGetChildren2Response, decodeGetChildrenResponse, decodeGetEphemeralsResponse } from '@zebu/jute';
import { CreateMode, ErrorCode, OPEN_ACL_UNSAFE, WatchEventType } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { SMALL_SLICES } from './support/slices.ts';
import { SELF, type TestClient, TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

const MANY = 2 * SMALL_SLICES.entryCount + 1;
const name = (index: number) => `child-${index}`;
const NAMES = Array.from({ length: MANY }, (_, index) => name(index)).toSorted();

/** A server with a znode that has many children, which the client owns. */
function bigServer() {
  const leader = new TestLeader();
  const server = leader.serve(SELF, { slices: SMALL_SLICES });
  server.sendsInPieces = true;
  const client = server.connect();
  const other = server.connect();
  const ask = (request: wire.RequestBody, by: TestClient): wire.Reply => {
    by.request(request);
    leader.commit();
    return by.reply();
  };
  ask(wire.create('/big'), other);
  const operations = Array.from({ length: MANY }, (_, index) => ({
    type: 'create' as const,
    path: `/big/${name(index)}`,
    data: null,
    acl: OPEN_ACL_UNSAFE,
    flags: CreateMode.EPHEMERAL,
  }));
  expect(ask(wire.multi(operations), client).error).toBe(ErrorCode.OK);
  return { leader, server, client, other, ask };
}

describe('a long listing', () => {
  it('comes in slices, while others are served', () => {
    const { server, client, other } = bigServer();
    client.request(wire.getChildren('/big'));
    expect(client.replies()).toEqual([]);
    expect(client.paused).toBe(true);
    other.request(wire.exists('/big'));
    expect(other.reply().error).toBe(ErrorCode.OK);
    expect(server.tickWhileDue()).toBe(3);
    const reply = client.reply();
    expect([...decodeGetChildrenResponse(reply.body).children].sort()).toEqual(NAMES);
    expect(reply.body.remaining).toBe(0);
    expect(client.paused).toBe(false);
    expect(server.processor.outstandingCount).toBe(0);
    expect(server.processor.nextWakeup()).toBeUndefined();
  });

  it('answers as of one zxid, whatever is written meanwhile', () => {
    const { leader, server, client, other, ask } = bigServer();
    const { zxid } = ask(wire.exists('/big'), other);
    client.request(wire.getChildren2('/big'));
    server.step({ type: 'tick', late: false });
    for (const each of [0, MANY >> 1, MANY - 1]) ask(wire.remove(`/big/${name(each)}`), other);
    ask(wire.create('/big/new'), other);
    server.tickWhileDue();
    const reply = client.reply();
    expect(reply.zxid).toBe(zxid);
    const { children, stat } = decodeGetChildren2Response(reply.body);
    expect([...children].sort()).toEqual(NAMES);
    expect(stat).toMatchObject({ numChildren: MANY, pzxid: zxid });
    expect(leader.uncommittedCount).toBe(0);
  });

  it('is overtaken by nothing: not by later replies, pings or events, and its watch fires behind it', () => {
    const { leader, server, client, other } = bigServer();
    client.request(
      wire.create('/mine'),
      wire.getChildren('/big', true),
      wire.create('/big/own'),
      wire.exists('/big/own'),
    );
    other.request(wire.create('/big/others'));
    leader.commit();
    client.request(wire.ping());
    expect(client.xids()).toEqual([2]);
    server.tickWhileDue();
    const replies = client.replies();
    expect(replies.map(({ xid }) => xid)).toEqual([3, -1, 4, 5, -2]);
    expect(decodeGetChildrenResponse((replies[0] as wire.Reply).body).children).toHaveLength(MANY);
    expect(wire.decodeEvent(replies[1] as wire.Reply)).toMatchObject({
      type: WatchEventType.NODE_CHILDREN_CHANGED,
      path: '/big',
    });
    const [listing, , ...later] = replies.map(({ zxid }) => zxid);
    expect(later.every((zxid) => zxid > (listing as bigint))).toBe(true);
  });

  it('may be followed by another on the same connection', () => {
    const { server, client, ask, other } = bigServer();
    client.request(wire.getChildren('/big'), wire.exists('/big'), wire.getEphemerals('/big/'));
    ask(wire.remove(`/big/${name(3)}`), other);
    server.tickWhileDue();
    const [children, stat, ephemerals] = client.replies() as [wire.Reply, wire.Reply, wire.Reply];
    expect(decodeGetChildrenResponse(children.body).children).toHaveLength(MANY);
    expect(stat.xid).toBe(3);
    const paths = decodeGetEphemeralsResponse(ephemerals.body).ephemerals;
    // What follows a long answer is begun when that has left.
    expect([...paths].sort()).toEqual(NAMES.filter((each) => each !== name(3)).map((each) => `/big/${each}`));
    expect(ephemerals.body.remaining).toBe(0);
  });

  it('still leaves when the session is closed behind it', () => {
    const { leader, server, client } = bigServer();
    client.request(wire.getChildren('/big'), wire.closeSession());
    server.tickWhileDue();
    leader.commit();
    expect(client.xids()).toEqual([2, 3]);
    expect(client.closed).toBe(true);
  });

  it('still leaves when the session ends meanwhile', () => {
    const { leader, server, client } = bigServer();
    client.request(wire.getChildren('/big'));
    leader.expire(client.sessionId, 0);
    leader.commit();
    expect(client.closed).toBe(false);
    server.tickWhileDue();
    expect(client.xids()).toEqual([2]);
    expect(client.closed).toBe(true);
  });

  it('is given up with its connection', () => {
    const { server, client, other } = bigServer();
    client.request(wire.getChildren('/big', true));
    other.request(wire.getChildren('/big'));
    server.step({ type: 'tick', late: false });
    client.disconnect();
    server.tickWhileDue();
    expect(decodeGetChildrenResponse(other.reply().body).children).toHaveLength(MANY);
    expect(server.tree.watchCount).toBe(0);
  });

  it('is given up with the role: the connection closes unanswered', () => {
    const { server, client } = bigServer();
    client.request(wire.getChildren('/big'));
    server.step({ type: 'stop' });
    expect(client.closed).toBe(true);
    expect(client.replies()).toEqual([]);
    expect(server.processor.nextWakeup()).toBeUndefined();
  });

  it('takes with it what was said behind it, when the role ends: nothing is answered out of order', () => {
    const { server, client } = bigServer();
    client.request(wire.getChildren('/big'), wire.exists('/big'), wire.getChildren('/big'), wire.ping());
    server.step({ type: 'stop' });
    expect(client.closed).toBe(true);
    expect(client.replies()).toEqual([]);
  });

  it('holds up no close when the role ends', () => {
    const { leader, server, client } = bigServer();
    client.request(wire.getChildren('/big'), wire.closeSession());
    leader.commit();
    expect(client.closed).toBe(false);
    server.step({ type: 'stop' });
    expect(client.closed).toBe(true);
    expect(client.replies()).toEqual([]);
  });

  it('is not given to those who may not read the znode, or when there is none', () => {
    const { ask, other } = bigServer();
    ask(wire.setAcl('/big', [{ permissions: 16, scheme: 'world', id: 'anyone' }]), other);
    expect(ask(wire.getChildren('/big'), other).error).toBe(ErrorCode.NOAUTH);
    expect(ask(wire.getChildren('/none'), other).error).toBe(ErrorCode.NONODE);
  });
});
