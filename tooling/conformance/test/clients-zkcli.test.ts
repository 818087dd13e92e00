import { describe, expect, it } from 'vitest';
import { prepareClient } from '../src/clients/client-parts.ts';
import { normalizeOutput } from '../src/clients/zkcli/normalize-output.ts';
import { clientTest } from './support/client-test.ts';

clientTest('zkCli.sh prints on Zebu what it prints on Apache ZooKeeper', await prepareClient('zkcli'), { rowCount: 8 });

describe('the output of zkCli.sh, normalized', () => {
  it('has the order of zxids and not their values', () => {
    expect(normalizeOutput('cZxid = 0x10000000a\nmZxid = 0x10\npZxid = 0x10')).toEqual([
      'cZxid = #1',
      'mZxid = #0',
      'pZxid = #0',
    ]);
  });

  it('has events at its end, without those of the connection', () => {
    const output = [
      'WATCHER::',
      '',
      'WatchedEvent state:SyncConnected type:None path:null',
      'WATCHER::',
      'WatchedEvent state:SyncConnected type:NodeCreated path:/a zxid: 11',
      'mZxid = 0xb',
      '[b, a]',
    ];
    expect(normalizeOutput(output.join('\n'))).toEqual([
      'mZxid = #0',
      '[a, b]',
      'WatchedEvent state:SyncConnected type:NodeCreated path:/a zxid: #0',
    ]);
  });

  it('has no times, sessions and ports', () => {
    expect(
      normalizeOutput('ctime = Mon\nephemeralOwner = 0x100cafe00000001\nephemeralOwner = 0x0\n127.0.0.1:40123'),
    ).toEqual(['ctime = TIME', 'ephemeralOwner = SESSION', 'ephemeralOwner = 0x0', '127.0.0.1:PORT']);
  });

  it('keeps the encodings of containers and TTLs', () => {
    const output = 'ephemeralOwner = 0x8000000000000000\nephemeralOwner = 0xff000000000927c0';
    expect(normalizeOutput(output)).toEqual(output.split('\n'));
  });
});
