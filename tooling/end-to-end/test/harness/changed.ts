// A change of the ensemble that is asked for until it is made.

import { type Client, type EnsembleConfiguration, isZooKeeperError } from '@zebu/client';
import { until } from './wait.ts';

/** Another change is under way, or servers are not in sync yet. */
const IN_TIME = ['RECONFIGINPROGRESS', 'NEWCONFIGNOQUORUM'] as const;

/** A change may end the connection that it was asked on: then it is looked whether it was made. */
export async function changed(
  operator: Client,
  change: Parameters<Client['reconfig']>[0],
  isDone: (configuration: EnsembleConfiguration) => boolean,
): Promise<void> {
  let isLost = false;
  await until('the change to be made', async () => {
    try {
      const configuration = await (isLost ? operator.getConfig() : operator.reconfig(change));
      isLost = false;
      return isDone(configuration);
    } catch (error) {
      if (!isZooKeeperError(error, 'CONNECTIONLOSS', ...IN_TIME)) throw error;
      isLost = isZooKeeperError(error, 'CONNECTIONLOSS');
      return false;
    }
  });
}
