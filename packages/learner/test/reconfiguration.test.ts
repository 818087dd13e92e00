import { describe, expect, it } from 'vitest';
import { acknowledged, type LearnerDriver, run, serving, zxid } from './learner-driver.ts';

/** In broadcast, after the leader's 1:1 and 1:2; server 1 leads. */
function following(role: 'follower' | 'observer' = 'follower'): LearnerDriver {
  const driver = serving({ delivered: '1:2', options: { role } });
  driver.takeEffects();
  return driver;
}

describe('a learner told of a change of the ensemble', () => {
  it('delivers what COMMITANDACTIVATE commits and goes on while its leader leads', () => {
    const driver = following();
    driver.receive({ type: 'PROPOSAL', txns: run('2:1') });
    driver.receive({ type: 'COMMITANDACTIVATE', zxid: zxid('2:1'), designatedLeader: 1 as never });
    expect(driver.take()).toEqual(['logTxns 2:1', 'deliver 2:1']);
  });

  it('leaves for the leader that COMMITANDACTIVATE names, behind the delivery', () => {
    const driver = following();
    driver.receive({ type: 'PROPOSAL', txns: run('2:1') });
    driver.receive({ type: 'COMMITANDACTIVATE', zxid: zxid('2:1'), designatedLeader: 3 as never });
    const effects = driver.takeEffects();
    expect(effects.map(({ type }) => type)).toEqual(['logTxns', 'flush', 'deliver', 'closeLink', 'abandon']);
    expect(effects.at(-1)).toMatchObject({ successor: 3 });
  });

  it('logs and delivers what INFORMANDACTIVATE brings, and leaves likewise', () => {
    const driver = following('observer');
    driver.receive({ type: 'INFORMANDACTIVATE', txns: run('2:1'), designatedLeader: 3 as never });
    expect(driver.takeEffects().at(-1)).toMatchObject({ type: 'abandon', successor: 3 });
  });

  it('acknowledges proposals also as an observer, and what it is informed of never', () => {
    const driver = following('observer');
    driver.receive({ type: 'INFORM', txns: run('2:1') }).flush();
    driver.receive({ type: 'PROPOSAL', txns: run('2:2') }).flush();
    expect(driver.take().filter((line) => line.startsWith('ACK'))).toEqual(['ACK 2:2']);
  });

  it('is told with UPTODATE what is in force, before it serves', () => {
    const driver = acknowledged({ delivered: '1:2' });
    driver.takeEffects();
    driver.diff().newLeader().flush().commit('1:2').upToDate();
    const types = driver.takeEffects().map(({ type }) => type);
    expect(types.indexOf('configured')).toBeGreaterThan(-1);
    expect(types.indexOf('configured')).toBeLessThan(types.indexOf('serve'));
  });
});
