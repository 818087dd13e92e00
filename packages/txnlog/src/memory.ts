export type { Fault, FileSystemOperation, FileSystemOperationType } from './memory/fault.ts';
export type { MemoryFileSystemOptions } from './memory/memory-file-system.ts';
export { MemoryFileSystem } from './memory/memory-file-system.ts';
