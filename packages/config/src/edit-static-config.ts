// What a changed ensemble does to zoo.cfg (QuorumPeerConfig.editStaticConfig): it points to the file of the new configuration, and what that file says
// now is in it no more. Comments and all other lines stay as they are, which ZooKeeper writes anew in the order of a hash table.

import { isEnsembleKey } from '@zebu/protocol';
import { locateAssignments } from './properties.ts';

export interface StaticConfigEdit {
  /** Absolute. */
  readonly dynamicConfigFile: string;
  /** The server line has the client address from now on. */
  readonly erasesClientPort: boolean;
}

/** Of text whose characters are bytes (latin1), so that no byte of a comment changes. */
export function editStaticConfig(text: string, { dynamicConfigFile, erasesClientPort }: StaticConfigEdit): string {
  const obsolete = ['dynamicConfigFile', 'peerType', ...(erasesClientPort ? ['clientPort', 'clientPortAddress'] : [])];
  const lines = text.split(/(?<=\r\n|\n|\r(?!\n))/);
  for (const { key, firstLine, lastLine } of locateAssignments(text)) {
    if (isEnsembleKey(key) || obsolete.includes(key)) lines.fill('', firstLine - 1, lastLine);
  }
  const kept = lines.join('');
  const end = kept === '' || /[\r\n]$/.test(kept) ? '' : '\n';
  return `${kept}${end}dynamicConfigFile=${escapeValue(dynamicConfigFile)}\n`;
}

/** ZooKeeper takes the bytes of the file for ISO 8859-1, and Zebu for UTF-8; an escape means the same to both. */
const escapeValue = (value: string): string =>
  value
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
