import type { Random } from '@zebu/interfaces';

/** Good enough to spread clients over servers and over time; nothing here is a secret. */
export const systemRandom: Random = { below: (bound) => Math.floor(Math.random() * bound) };
