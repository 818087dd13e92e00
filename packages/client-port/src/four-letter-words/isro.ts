import type { ManagementView } from '@zebu/interfaces';

/** Read-write, or nothing at all (IsroCommand); clients that look for a read-write server ask this. */
export const isro = (view: ManagementView): string => (view.serving ? 'rw' : 'null');
