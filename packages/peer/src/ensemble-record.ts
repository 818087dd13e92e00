// The ensemble as the tree and the log hold it: the text of the znode /zookeeper/config, and the record of the txn that changes it.

import type { DataTree } from '@zebu/datatree';
import { decodeStat, JuteError, JuteReader, JuteWriter } from '@zebu/jute';
import {
  type Ensemble,
  EnsembleTextError,
  ErrorCode,
  formatEnsemble,
  OpCode,
  parseEnsembleText,
  TXN_HEADER_BYTES,
  type TxnBytes,
  txnType,
} from '@zebu/protocol';

const CONFIG_PATH = '/zookeeper/config';
const LENGTH_BYTES = 4;
const NO_VERSION = -1;

/** A configuration that cannot be read is none; who asked reports it. */
export type ReadEnsemble =
  | { readonly ok: true; readonly ensemble: Ensemble }
  | { readonly ok: false; readonly reason: string };

export function encodeEnsemble(ensemble: Ensemble): Uint8Array {
  const writer = new JuteWriter();
  writer.writeString(formatEnsemble(ensemble));
  return writer.take().subarray(LENGTH_BYTES);
}

export const readEnsemble = (text: string): ReadEnsemble => read(() => text);

/** Of a tree from before ZooKeeper 3.5: none. */
export function ensembleOfTree(tree: DataTree): ReadEnsemble {
  const writer = new JuteWriter();
  if (tree.getData(CONFIG_PATH, writer) !== ErrorCode.OK) return { ok: false, reason: `there is no ${CONFIG_PATH}` };
  const reader = new JuteReader(writer.take());
  // A buffer and a string are the same bytes.
  const found = read(() => reader.readString());
  const written = found.ok && isWrittenByServers(reader, found.ensemble);
  return found.ok && !written ? { ok: false, reason: `a client wrote ${CONFIG_PATH}` } : found;
}

/** By a reconfig, or as a server began: then the Stat says so. Whoever may write the znode by setData changes its data, not the ensemble. */
function isWrittenByServers(reader: JuteReader, ensemble: Ensemble): boolean {
  const { mzxid, version } = decodeStat(reader);
  return version === NO_VERSION && mzxid === ensemble.version;
}

export const isReconfig = (txn: TxnBytes): boolean => txnType(txn) === OpCode.RECONFIG;

/** Of a reconfig txn, whose record is that of a setData: path, data, version. */
export function ensembleOfTxn(txn: TxnBytes): ReadEnsemble {
  const reader = new JuteReader(txn, TXN_HEADER_BYTES);
  return read(() => {
    reader.skipString();
    return reader.readString();
  });
}

function read(text: () => string | null): ReadEnsemble {
  try {
    return { ok: true, ensemble: parseEnsembleText(text() ?? '') };
  } catch (error) {
    if (error instanceof EnsembleTextError || error instanceof JuteError) return { ok: false, reason: error.message };
    throw error;
  }
}
