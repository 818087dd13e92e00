import type { LogFields, Logger } from '@zebu/interfaces';
import { describe, expect, it } from 'vitest';
import { FakeEnsemble, TICK_MS } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

const LAST = 'the last packets of a link that ended';

/** An ensemble, and what its servers say of links that ended. */
function tracked(bufferSize: number | undefined) {
  const ended: LogFields[] = [];
  const quiet = (): void => undefined;
  const warn = (message: string, fields: LogFields = {}): void => {
    if (message === LAST) ended.push(fields);
  };
  const logger: Logger = { debug: quiet, info: quiet, warn, error: quiet };
  const messageTracker = bufferSize === undefined ? undefined : { bufferSize };
  const ensemble = new FakeEnsemble({ voters: 3, logger, messageTracker });
  ensemble.start();
  ensemble.run({ until: () => [1, 2, 3].every((id) => ensemble.peer(id).serving) });
  ended.length = 0;
  return { ensemble, ended };
}

const typesOf = (text: unknown): string[] =>
  String(text)
    .split(' ')
    .map((packet) => packet.split('@')[0] ?? '');

describe('the last packets of a link', () => {
  it('are in the log of both ends when it ends', () => {
    const { ensemble, ended } = tracked(100);
    const client = new TestClient(ensemble, 3);
    client.connect();
    client.await(client.create('/a'));
    ensemble.run();
    ensemble.cut(1, 3);
    ensemble.run({ limitMs: TICK_MS });
    expect(ended.map(({ peer }) => peer)).toEqual(expect.arrayContaining([1, 3]));
    const ofLearner = ended.find(({ peer }) => peer === 3);
    expect(typesOf(ofLearner?.['received'])).toEqual(
      expect.arrayContaining(['LEADERINFO', 'NEWLEADER', 'UPTODATE', 'PROPOSAL', 'COMMIT', 'PING']),
    );
    expect(typesOf(ofLearner?.['sent'])).toEqual(expect.arrayContaining(['FOLLOWERINFO', 'ACKEPOCH', 'ACK', 'PING']));
    const ofLeader = ended.find(({ peer }) => peer === 1);
    // What was under way is gone.
    const arrived = typesOf(ofLearner?.['received']);
    expect(typesOf(ofLeader?.['sent']).slice(0, arrived.length)).toEqual(arrived);
    const heard = typesOf(ofLeader?.['received']);
    expect(typesOf(ofLearner?.['sent']).slice(0, heard.length)).toEqual(heard);
  });

  it('are no more than messageTracker.BufferSize each way, the newest, with their times', () => {
    const { ensemble, ended } = tracked(2);
    ensemble.run();
    const { now } = ensemble;
    ensemble.cut(1, 3);
    ensemble.run({ limitMs: TICK_MS });
    const [received = '', ...more] = String(ended.find(({ peer }) => peer === 3)?.['received'])
      .split(' ')
      .toReversed();
    expect(more).toHaveLength(1);
    const [type, time] = received.split('@');
    expect(type).toBe('PING');
    expect(Number(time)).toBeLessThanOrEqual(now);
    expect(Number(time)).toBeGreaterThan(now - TICK_MS);
  });

  it('are told once for each link, also when the role ends', () => {
    const { ensemble, ended } = tracked(10);
    ensemble.isolate(3);
    ensemble.run({ until: () => ensemble.peer(3).view().state === 'LOOKING', limitMs: 60 * TICK_MS });
    expect(ended.filter(({ peer }) => peer === 1)).toHaveLength(1);
    expect(ended.filter(({ peer }) => peer === 2)).toHaveLength(1);
  });

  it('are nobody’s matter where it is off', () => {
    const { ensemble, ended } = tracked(undefined);
    ensemble.cut(1, 3);
    ensemble.run({ limitMs: TICK_MS });
    expect(ended).toEqual([]);
  });
});
