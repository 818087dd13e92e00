// Faults that a test arms: the next matching operation fails, as a disk or a full file system would.

export type FileSystemOperationType =
  | 'open'
  | 'read'
  | 'write'
  | 'truncate'
  | 'size'
  | 'datasync'
  | 'close'
  | 'list'
  | 'exists'
  | 'makeDirectory'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'lock';

export interface FileSystemOperation {
  readonly type: FileSystemOperationType;
  readonly path: string;
  /** Of a read or write. */
  readonly bytes?: number;
}

export interface Fault {
  readonly code: 'EIO' | 'ENOSPC' | 'EACCES' | 'EROFS';
  readonly type: FileSystemOperationType;
  /** Only operations on paths that contain this. */
  readonly pathContains?: string;
  /** Matching operations that still succeed before; default 0. */
  readonly after?: number;
  /** Matching operations that fail; default 1. */
  readonly times?: number;
  /** Of a failing write: bytes that were written all the same; default 0. */
  readonly writtenBytes?: number;
}

export interface ArmedFault {
  readonly fault: Fault;
  pass: number;
  remaining: number;
}

export const arm = (fault: Fault): ArmedFault => ({ fault, pass: fault.after ?? 0, remaining: fault.times ?? 1 });

/** The fault that strikes this operation; spent faults leave the list. */
export function strike(armed: ArmedFault[], operation: FileSystemOperation): Fault | undefined {
  for (const [index, candidate] of armed.entries()) {
    if (!matches(candidate.fault, operation)) continue;
    if (candidate.pass > 0) {
      candidate.pass--;
      continue;
    }
    candidate.remaining--;
    if (candidate.remaining === 0) armed.splice(index, 1);
    return candidate.fault;
  }
  return undefined;
}

const matches = (fault: Fault, operation: FileSystemOperation): boolean =>
  fault.type === operation.type && operation.path.includes(fault.pathContains ?? '');

/** An error as Node's fs makes them. */
export const systemError = (code: string, operation: FileSystemOperation): Error & { readonly code: string } =>
  Object.assign(new Error(`${code}: ${operation.type} '${operation.path}'`), { code });
