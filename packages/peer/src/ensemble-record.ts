// The ensemble as the tree holds it: the text of the znode /zookeeper/config.

import { JuteWriter } from '@zebu/jute';
import { type Ensemble, formatEnsemble } from '@zebu/protocol';

const LENGTH_BYTES = 4;

export function encodeEnsemble(ensemble: Ensemble): Uint8Array {
  const writer = new JuteWriter();
  writer.writeString(formatEnsemble(ensemble));
  return writer.take().subarray(LENGTH_BYTES);
}
