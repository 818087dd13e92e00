import type { Measure } from '../measure.ts';
import { expiry, manyExpiries } from './expiry.ts';
import { fireOneShot, firePersistent } from './fire.ts';
import { listing, multiRead, multiReadListing, setWatches } from './long-requests.ts';
import { oneConnection } from './one-connection.ts';
import { reads } from './reads.ts';
import { recursiveDepth } from './recursive-depth.ts';
import { distinctWatches, recursiveWatches, sharedWatches } from './watches.ts';

/** In the order in which they run. */
export const measures: readonly Measure[] = [
  distinctWatches,
  sharedWatches,
  recursiveWatches,
  oneConnection,
  fireOneShot,
  firePersistent,
  expiry,
  manyExpiries,
  setWatches,
  multiRead,
  listing,
  multiReadListing,
  recursiveDepth,
  reads,
];
