import type { Asked } from './asked.ts';

/** Bytes on disk (DirsCommand). */
export const dirs = ({ facts }: Asked): string =>
  `datadir_size: ${facts.dataDirBytes()}\nlogdir_size: ${facts.dataLogDirBytes()}\n`;
