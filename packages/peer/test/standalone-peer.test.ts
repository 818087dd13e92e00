import { ErrorCode } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { FakeEnsemble, TICK_MS } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

function serving(): FakeEnsemble {
  const ensemble = new FakeEnsemble({ voters: 1, standalone: true });
  ensemble.start();
  ensemble.run({ until: () => ensemble.peer(1).serving });
  return ensemble;
}

describe('a standalone peer', () => {
  it('acknowledges what is flushed, and has it after a crash', () => {
    const ensemble = serving();
    const client = new TestClient(ensemble, 1);
    client.connect();
    expect(client.await(client.create('/kept')).error).toBe(ErrorCode.OK);
    const unflushed = client.create('/lost');
    expect(client.reply(unflushed)).toBeUndefined();
    ensemble.crash(1);
    ensemble.start(1);
    ensemble.run({ until: () => ensemble.peer(1).serving });
    const again = new TestClient(ensemble, 1, client);
    expect(again.connect()).toBe(true);
    expect(again.await(again.getData('/kept')).error).toBe(ErrorCode.OK);
    expect(again.await(again.getData('/lost')).error).toBe(ErrorCode.NONODE);
  });

  it('takes a snapshot after so many txns or so many bytes, whichever comes first', () => {
    const snapshotsAfter = (specification: { snapCount?: number; snapSizeLimitBytes?: number }): number => {
      const ensemble = new FakeEnsemble({ voters: 1, standalone: true, ...specification });
      ensemble.start();
      ensemble.run({ until: () => ensemble.peer(1).serving });
      const client = new TestClient(ensemble, 1);
      client.connect();
      for (let index = 0; index < 20; index++) client.await(client.create(`/n${index}`, 'x'.repeat(1000)));
      return ensemble.peer(1).view().snapshotCount;
    };
    expect(snapshotsAfter({})).toBe(0);
    // The random part is none here: half of the limit decides.
    expect(snapshotsAfter({ snapSizeLimitBytes: 100_000 })).toBe(0);
    expect(snapshotsAfter({ snapSizeLimitBytes: 20_000 })).toBe(2);
    expect(snapshotsAfter({ snapCount: 20 })).toBe(1);
  });

  it('expires a session that falls silent, with its ephemerals', () => {
    const ensemble = serving();
    const silent = new TestClient(ensemble, 1, undefined, 4 * TICK_MS);
    silent.connect();
    silent.await(silent.create('/ephemeral', '', 1));
    ensemble.run({ limitMs: 20 * TICK_MS });
    expect(silent.closed).toBe(true);
    const reader = new TestClient(ensemble, 1);
    reader.connect();
    expect(reader.await(reader.getData('/ephemeral')).error).toBe(ErrorCode.NONODE);
  });

  it('A late tick judges nobody: pings that lie unread after a stall are heard first', () => {
    const ensemble = serving();
    const client = new TestClient(ensemble, 1, undefined, 4 * TICK_MS);
    client.connect();
    client.await(client.create('/alive', '', 1));
    // The tick that the session would expire at hears of the create; only what comes behind it can be missed.
    ensemble.run({ limitMs: 6 * TICK_MS });
    ensemble.now += 1000 * TICK_MS;
    ensemble.tick();
    client.ping();
    ensemble.run({ limitMs: 2 * TICK_MS });
    expect(client.closed).toBe(false);
    expect(client.await(client.getData('/alive')).error).toBe(ErrorCode.OK);
  });

  it('reads the tree back from disk after a failed flush, and serves on', () => {
    const ensemble = serving();
    const client = new TestClient(ensemble, 1);
    client.connect();
    client.await(client.create('/acknowledged'));
    ensemble.server(1).disk.failNextFlush = true;
    const failing = client.create('/failing');
    ensemble.run({ until: () => client.closed });
    expect(client.reply(failing)).toBeUndefined();
    ensemble.run({ until: () => ensemble.peer(1).serving });
    const reader = new TestClient(ensemble, 1, client);
    reader.connect();
    expect(reader.await(reader.getData('/acknowledged')).error).toBe(ErrorCode.OK);
    expect(reader.await(reader.getData('/failing')).error).toBe(ErrorCode.NONODE);
  });
});
