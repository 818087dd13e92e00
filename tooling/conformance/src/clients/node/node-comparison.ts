// node-zookeeper-client, the client of ZooKeeper that programs on Node use.

import { compareOnBoth } from '../both-deployments.ts';
import { type ClientPart, judge } from '../client-part.ts';
import { readTranscript } from '../transcript.ts';
import { playNodeClient } from './node-client.ts';

export async function prepareNode(): Promise<ClientPart | string> {
  const release = await judge();
  if (typeof release === 'string') return release;
  return {
    compare: () =>
      compareOnBoth(release, async ({ ports }) =>
        readTranscript(await playNodeClient([`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`])),
      ),
  };
}
