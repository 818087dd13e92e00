import { type Acl, ErrorCode, OPEN_ACL_UNSAFE, type ServerId } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type TestClient, TestLeader, type TestServer } from './support/test-server.ts';
import * as wire from './support/wire.ts';

const world = (permissions: number): Acl[] => [{ permissions, scheme: 'world', id: 'anyone' }];

function setup(): { leader: TestLeader; server: TestServer; client: TestClient } {
  const leader = new TestLeader();
  const server = leader.serve(2 as ServerId, { eagerAclCheck: true });
  const client = server.connect();
  client.request(wire.create('/locked', { acl: world(0) }), wire.create('/open'));
  leader.commit();
  client.replies();
  return { leader, server, client };
}

describe('enableEagerACLCheck', () => {
  it.each([
    ['create', wire.create('/locked/a'), ErrorCode.NOAUTH],
    ['create2', wire.create2('/locked/a'), ErrorCode.NOAUTH],
    ['delete', wire.remove('/locked/a'), ErrorCode.NOAUTH],
    ['setData', wire.setData('/locked', 'x'), ErrorCode.NOAUTH],
    ['setACL', wire.setAcl('/locked', OPEN_ACL_UNSAFE), ErrorCode.NOAUTH],
    ['create with a bad ACL', wire.create('/open/a', { acl: [] }), ErrorCode.INVALIDACL],
    ['setACL with a bad ACL', wire.setAcl('/none', []), ErrorCode.INVALIDACL],
  ])('%s is refused without asking the leader, with zxid 0', (_, request, error) => {
    const { leader, server, client } = setup();
    client.request(request);
    expect(client.reply()).toMatchObject({ error, zxid: 0n });
    expect(server.effects.filter(({ type }) => type === 'submit')).toEqual([]);
    expect(leader.uncommittedCount).toBe(0);
    expect(client.closed).toBe(false);
  });

  it.each([
    ['what is permitted', wire.create('/open/a')],
    ['a missing parent', wire.create('/none/a')],
    ['a path that is none', wire.create('none')],
    ['a special znode', wire.remove('/zookeeper')],
    ['a creation that ZooKeeper does not look at', wire.createContainer('/locked/a')],
    ['a multi', wire.multi([{ type: 'delete', path: '/locked/a', version: -1 }])],
    ['what cannot be read', { type: wire.create('/a').type, payload: new Uint8Array(3) }],
  ])('%s goes to the leader', (_, request) => {
    const { leader, client } = setup();
    client.request(request);
    expect(leader.uncommittedCount).toBe(1);
    leader.commit();
    expect(client.reply().zxid).toBeGreaterThan(0n);
  });

  it('a refused write waits for its turn', () => {
    const { leader, client } = setup();
    const xids = client.request(wire.create('/a'), wire.setData('/locked', 'x'), wire.exists('/a'));
    expect(client.xids()).toEqual([]);
    leader.commit();
    expect(client.replies().map(({ xid, error }) => [xid, error])).toEqual(
      xids.map((xid, index) => [xid, index === 1 ? ErrorCode.NOAUTH : ErrorCode.OK]),
    );
  });

  it('is not the last word: what the tree of the server does not know yet is refused at the leader', () => {
    const { leader, client } = setup();
    client.request(wire.setAcl('/open', world(1)), wire.setData('/open', 'x'));
    expect(leader.uncommittedCount).toBe(2);
    leader.commit();
    expect(client.replies().map(({ error }) => error)).toEqual([ErrorCode.OK, ErrorCode.NOAUTH]);
  });
});

describe('skipACL', () => {
  it('lets everyone read and write, and still refuses a bad ACL', () => {
    const leader = new TestLeader({ skipAcl: true });
    const client = leader.serve(1 as ServerId, { skipAcl: true }).connect();
    client.request(
      wire.create('/locked', { acl: world(0) }),
      wire.setData('/locked', 'x'),
      wire.getData('/locked'),
      wire.create('/locked/a', { acl: [] }),
      wire.setAcl('/locked', world(1)),
    );
    leader.commit();
    expect(client.replies().map(({ error }) => error)).toEqual([0, 0, 0, ErrorCode.INVALIDACL, 0]);
  });
});
