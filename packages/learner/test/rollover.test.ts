// The leader that is followed goes on in a new epoch (docs/decisions/0007-the-epoch-rolls-over.md). It leads epoch 2 so far.

import { describe, expect, it } from 'vitest';
import { type LearnerDriver, serving } from './learner-driver.ts';

/** 2:1 is logged, acknowledged, committed and delivered. */
function following(role: 'follower' | 'observer' = 'follower'): LearnerDriver {
  const driver = serving({ delivered: '1:2', options: { role } });
  driver.proposal('2:1').flush().commit('2:1').takeEffects();
  return driver;
}

describe('a learner whose leader asks for a new epoch', () => {
  it.each(['follower', 'observer'] as const)('makes its promises again, durably, and serves meanwhile (%s)', (role) => {
    const driver = following(role).leaderInfo(3);
    expect(driver.takeAll()).toEqual(['writeAcceptedEpoch 3', 'flush']);
    expect(driver.learner).toMatchObject({ epoch: 2, zabState: 'BROADCAST' });
    driver.step({ type: 'request', requests: [] }).step({ type: 'sync', syncId: 7 });
    expect(driver.take()).toEqual(['REQUEST 0', 'SYNC 7']);
    driver.flush();
    expect(driver.take()).toEqual(['ACKEPOCH 2 2:1']);
    driver.diff().newLeader(3);
    expect(driver.takeAll()).toEqual(['writeCurrentEpoch 3', 'flush']);
    driver.flush();
    expect(driver.take()).toEqual(['ACK 3:0']);
    driver.commit('2:1').upToDate(3);
    expect(driver.take()).toEqual(['rolledOver 3']);
    expect(driver.learner).toMatchObject({ epoch: 3, zabState: 'BROADCAST' });
    driver.proposal('3:1').flush();
    expect(driver.take()).toEqual(['logTxns 3:1', 'ACK 3:1']);
  });

  it('acknowledges nothing of the old epoch any more: ACKEPOCH says it', () => {
    const driver = serving({ delivered: '1:2' });
    driver.takeEffects();
    driver.proposal('2:1').commit('2:1').leaderInfo(3).flush();
    expect(driver.take().filter((line) => line.startsWith('ACK'))).toEqual(['ACKEPOCH 2 2:1']);
    driver.diff().newLeader(3).flush();
    expect(driver.take().filter((line) => line.startsWith('ACK'))).toEqual(['ACK 3:0']);
  });

  it('may be asked for any higher epoch, and again', () => {
    const driver = following();
    for (const epoch of [5, 6]) {
      driver.leaderInfo(epoch).flush().diff().newLeader(epoch).flush().commit('2:1').upToDate(epoch);
      expect(driver.take().at(-1)).toBe(`rolledOver ${epoch}`);
    }
  });

  it('leaves when not everything is committed', () => {
    const driver = following();
    driver.proposal('2:2').flush().leaderInfo(3);
    expect(driver.take().at(-1)).toBe('abandon: LEADERINFO before everything of the epoch was committed');
  });

  it.each([1, 2, 0x1_0000_0000, 2.5])('leaves when the epoch is %d', (epoch) => {
    const driver = following().leaderInfo(epoch);
    expect(driver.take().at(-1)).toBe(`abandon: LEADERINFO of epoch ${epoch} while epoch 2 is led`);
  });

  it('leaves when it fell so far behind that its tree would be rebuilt', () => {
    const late = (): LearnerDriver => following().leaderInfo(3).flush();
    for (const driver of [late().snap('3:9'), late().diff().snap('3:9'), late().trunc('1:2')])
      expect(driver.take().at(-1)).toBe('abandon: the leader would have the tree rebuilt that clients are served from');
  });

  it('leaves when the link breaks on the way, and does not dial again', () => {
    const driver = following().leaderInfo(3);
    driver.take();
    driver.step({ type: 'linkDown', link: driver.link });
    expect(driver.take()).toEqual(['abandon: lost the connection to the leader']);
  });

  it('is as impatient as ever', () => {
    const driver = following().leaderInfo(3);
    for (let time = 0; time < 600; time += 50) driver.tick(50);
    expect(driver.take().at(-1)).toBe('abandon: the leader was silent for 5 ticks');
  });
});
