import { randomInt } from 'node:crypto';
import type { Random } from '@zebu/interfaces';

/** Unpredictable, from the system's generator. */
export const systemRandom: Random = { below: (bound) => randomInt(bound) };
