import { expect, it } from 'vitest';
import { measureEnsemble } from '../src/scale/measure-ensemble.ts';
import { renderTable } from '../src/scale/table.ts';

it('measures what an ensemble costs in round trips and messages', async () => {
  const measurement = await measureEnsemble({ voterCount: 3, observerCount: 1, linkDelayMs: 30 });
  // PROPOSAL and COMMIT to two followers, INFORM to the observer; PINGs that fall into the time come on top.
  expect(measurement.messagesPerCommit).toBeGreaterThanOrEqual(5);
  expect(measurement.messagesPerCommit).toBeLessThan(6);
  // With a hundred under way they share packets.
  expect(measurement.busyMessagesPerCommit).toBeLessThan(1);
  expect(measurement.busyBytesPerCommit).toBeGreaterThan(3 * 100);
  // One round trip to a quorum; two from a follower.
  expect(measurement.commitMs).toBeGreaterThan(60);
  expect(measurement.commitMs).toBeLessThan(65);
  expect(measurement.followerCommitMs).toBeGreaterThan(120);
  expect(measurement.followerCommitMs).toBeLessThan(130);
  expect(measurement.electionMs).toBeGreaterThan(4 * 60);
  expect(renderTable([measurement]).split('\n')[2]).toMatch(/^\| 3 \| 1 \| leader \| 30 ms \| 61 ms \|/);
});

it('measures that twenty observers at followers cost the leader nothing', async () => {
  const shape = { voterCount: 3, linkDelayMs: 1 };
  const without = await measureEnsemble({ ...shape, observerCount: 0 });
  const atFollowers = await measureEnsemble({ ...shape, observerCount: 20, observersAt: 'followers' });
  const atLeader = await measureEnsemble({ ...shape, observerCount: 20 });
  expect(atFollowers.messagesPerCommit).toBe(without.messagesPerCommit);
  expect(atFollowers.bytesPerCommit).toBe(without.bytesPerCommit);
  expect(atFollowers.busyBytesPerCommit).toBe(without.busyBytesPerCommit);
  expect(atFollowers.idleMessagesPerSecond).toBe(without.idleMessagesPerSecond);
  expect(atLeader.bytesPerCommit).toBeGreaterThan(10 * without.bytesPerCommit);
});
