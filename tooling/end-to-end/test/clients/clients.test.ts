// Unmodified ZooKeeper clients create, read, watch and delete through each of three servers.

import { CreateMode, createClient, OPEN_ACL_UNSAFE, Permission } from '@zebu/client';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import zookeeper from 'node-zookeeper-client';
import { EnsembleProcesses } from '../harness/ensemble-processes.ts';
import { run } from './run.ts';

const KAZOO_CHECK = fileURLToPath(new URL('kazoo_check.py', import.meta.url));
const ZK_CLI = '/usr/share/zookeeper/bin/zkCli.sh';

let ensemble: EnsembleProcesses;
beforeAll(async () => {
  ensemble = await EnsembleProcesses.start({ lines: ['enforceQuota=true', 'extendedTypesEnabled=true'] });
});
afterAll(() => ensemble.dispose());

describe.each([1, 2, 3])('through server %i', (id) => {
  it('kazoo', async () => {
    const { code, output } = await run('/usr/bin/python3', [KAZOO_CHECK, ensemble.server(id).address, `/kazoo-${id}`]);
    expect({ code, output: output.trim() }).toEqual({ code: 0, output: 'kazoo ok' });
  });

  it('zkCli.sh', async () => {
    const script = [
      `create /cli-${id} hello`,
      `get -s -w /cli-${id}`,
      `set /cli-${id} changed`,
      `get /cli-${id}`,
      `create -e -s /cli-${id}/e- mine`,
      `ls /cli-${id}`,
      `stat /cli-${id}`,
      `delete /cli-${id}/e-0000000000`,
      `delete /cli-${id}`,
      `get /cli-${id}`,
      'quit',
    ];
    const { output } = await run(ZK_CLI, ['-server', ensemble.server(id).address], `${script.join('\n')}\n`);
    expect(output).toContain(`Created /cli-${id}`);
    expect(output).toMatch(/^hello$/m);
    expect(output).toContain('dataVersion = 0');
    expect(output).toContain(`WatchedEvent state:SyncConnected type:NodeDataChanged path:/cli-${id}`);
    expect(output).toMatch(/^changed$/m);
    expect(output).toContain(`Created /cli-${id}/e-0000000000`);
    expect(output).toContain('[e-0000000000]');
    expect(output).toContain('numChildren = 1');
    expect(output).toContain(`Node does not exist: /cli-${id}`);
  });

  it('zkCli.sh with quotas, containers, TTLs and ACLs', async () => {
    const path = `/quota-${id}`;
    const script = [
      `create ${path} hello`,
      `setquota -N 2 ${path}`,
      `create ${path}/a x`,
      `create ${path}/b x`,
      `listquota ${path}`,
      `delquota -N ${path}`,
      `create ${path}/b x`,
      `delquota ${path}`,
      `listquota ${path}`,
      `create -c ${path}/container`,
      `create -t 60000 ${path}/ttl data`,
      'addauth digest ann:secret',
      `create ${path}/mine x auth::cdrwa`,
      `getAcl ${path}/mine`,
      `setAcl -v 7 ${path}/mine world:anyone:r`,
      'reconfig -remove 3',
      'quit',
    ];
    const { output } = await run(ZK_CLI, ['-server', ensemble.server(id).address], `${script.join('\n')}\n`);
    expect(output).toContain(`Output quota for ${path} count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=2`);
    expect(output).toContain(`Output stat for ${path} count=2,bytes=6`);
    expect(output.match(/Quota has exceeded/g)?.length).toBe(1);
    expect(output).toContain(`Created ${path}/b`);
    expect(output).toContain(`quota for ${path} does not exist`);
    expect(output).toContain(`Created ${path}/container`);
    expect(output).toContain(`Created ${path}/ttl`);
    expect(output).toContain("'digest,'ann:7RJfAeIvrl4zdj6sS2fXrQHDvHM=");
    expect(output).toContain(`version No is not valid : ${path}/mine`);
    expect(output).toContain('KeeperErrorCode = Reconfig is disabled');
  });

  it('@zebu/client', async () => {
    const client = createClient({ connectionString: ensemble.server(id).address });
    const path = `/zebu-${id}`;
    const acl = [{ permissions: Permission.ALL, scheme: 'auth', id: '' }];
    const heard: string[] = [];
    await client.addWatch(path, (event) => heard.push(`${event.type} ${event.path}`), { recursive: true });
    await client.addAuth('digest', 'ann:secret');
    expect(await client.whoAmI()).toContainEqual({ authScheme: 'digest', user: 'ann' });
    await client.create(path, 'mine', { acl });
    expect((await client.getAcl(path)).acl).toEqual([
      { permissions: Permission.ALL, scheme: 'digest', id: 'ann:7RJfAeIvrl4zdj6sS2fXrQHDvHM=' },
    ]);
    expect((await client.setAcl(path, OPEN_ACL_UNSAFE, { version: 0 })).aversion).toBe(1);
    await client.createWithStat(`${path}/container`, null, { mode: CreateMode.CONTAINER });
    await client.create(`${path}/container/e`, null, { mode: CreateMode.EPHEMERAL });
    await client.multi([{ type: 'create', path: `${path}/ttl`, ttlMs: 60_000 }]);
    expect(await client.getEphemerals(path)).toEqual([`${path}/container/e`]);
    expect(await client.getAllChildrenNumber(path)).toBe(3);
    expect(heard).toEqual(['', '/container', '/container/e', '/ttl'].map((name) => `created ${path}${name}`));
    await client.removeWatch(path, { recursive: true });
    await client.setData(path, 'unheard');
    expect(heard.length).toBe(4);
    await client.close();
  });

  it('node-zookeeper-client', async () => {
    const client = zookeeper.createClient(ensemble.server(id).address, { sessionTimeout: 10_000 });
    const connected = new Promise<void>((resolve) => client.once('connected', () => resolve()));
    client.connect();
    await connected;
    const path = `/node-${id}`;
    expect(await call<string>((done) => client.create(path, Buffer.from('one'), done))).toBe(path);
    const changed = new Promise<string>((resolve) => {
      client.getData(
        path,
        (event) => resolve(event.getName()),
        () => undefined,
      );
    });
    await call((done) => client.setData(path, Buffer.from('two'), -1, done));
    expect(await changed).toBe('NODE_DATA_CHANGED');
    expect(String(await call<Buffer>((done) => client.getData(path, done)))).toBe('two');
    await call<undefined>((done) => client.remove(path, -1, (error) => done(error, undefined)));
    expect(await call((done) => client.exists(path, done))).toBeNull();
    client.close();
  });
});

function call<Value>(
  action: (done: (error: Error | zookeeper.Exception | null, value: Value) => void) => void,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    action((error, value) => (error ? reject(error) : resolve(value)));
  });
}
