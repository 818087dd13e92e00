// node-zookeeper-client, the client of ZooKeeper that programs on Node use.

import type { ApacheRelease } from '../../servers/apache-jars.ts';
import { compareOnBoth } from '../both-deployments.ts';
import type { ClientPart } from '../client-part.ts';
import { readTranscript } from '../transcript.ts';
import { playNodeClient } from './node-client.ts';

export function nodeClient(release: ApacheRelease): ClientPart {
  return {
    compare: () =>
      compareOnBoth(release, async ({ ports }) =>
        readTranscript(await playNodeClient([`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`])),
      ),
  };
}
