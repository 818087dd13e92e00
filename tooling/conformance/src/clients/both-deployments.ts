// An ensemble of each product at the same time, for a client to be tried on both.

import type { ApacheRelease } from '../servers/apache-jars.ts';
import { Deployment } from '../servers/deployment.ts';
import type { ClientRow } from './client-part.ts';
import { compareTranscripts, type Transcript } from './transcript.ts';

const LINES = [
  'extendedTypesEnabled=true',
  'enforceQuota=true',
  // super:password
  'DigestAuthenticationProvider.superDigest=super:DyNYQEQvajljsxlhf5uS4PJ9R28=',
];

/** `play` is called once for Apache ZooKeeper and once for Zebu, and says what the client saw there. */
export async function compareOnBoth(
  release: ApacheRelease,
  play: (deployment: Deployment) => Promise<Transcript>,
): Promise<readonly ClientRow[]> {
  const playOn = async (product: Deployment['settings']['product']): Promise<Transcript> => {
    const deployment = await Deployment.start({ product, servers: 3, lines: LINES });
    try {
      return await play(deployment);
    } finally {
      await deployment.stop();
    }
  };
  // Both to their ends, so that no servers stay behind when one fails.
  const [apache, zebu] = await Promise.allSettled([playOn({ kind: 'apache', release }), playOn({ kind: 'zebu' })]);
  if (apache.status === 'rejected') throw apache.reason;
  if (zebu.status === 'rejected') throw zebu.reason;
  return compareTranscripts(apache.value, zebu.value);
}
