export * from './acl.ts';
export * from './assert.ts';
export * from './create-mode.ts';
export * from './ensemble-text-error.ts';
export {
  ensembleOfLines,
  formatEnsemble,
  formatServers,
  isEnsembleKey,
  type ParsedEnsemble,
  parseEnsembleText,
} from './ensemble-text.ts';
export * from './ensemble.ts';
export * from './error-code.ts';
export * from './identifiers.ts';
export * from './notification.ts';
export * from './op-code.ts';
export * from './path.ts';
export * from './quorum-packet.ts';
export { parseServerLine, type ServerLine } from './server-line.ts';
export * from './stat.ts';
export * from './txn.ts';
export * from './vote.ts';
export * from './watch-event.ts';
export * from './watcher-type.ts';
