// Servers of a story are letters; the id of A is 1, so that of two equal histories the later letter wins an election.

import type { ServerId } from '@zebu/protocol';

export const A = 1 as ServerId;
export const B = 2 as ServerId;
export const C = 3 as ServerId;
export const D = 4 as ServerId;
export const E = 5 as ServerId;

export const letterOf = (id: ServerId): string => String.fromCharCode(64 + id);

export const lettersOf = (ids: readonly ServerId[]): string => ids.map(letterOf).join(', ');
