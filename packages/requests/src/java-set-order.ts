// The order in which ZooKeeper deletes the ephemeral znodes of a session, and so tells of them: it goes through a copy of a Java
// HashSet, which is by hash. Whoever watches several of them hears of them in that order.

const MAX_LOAD = 0.75;

/** `names` in the order in which they were added; all different. */
export function inHashSetOrder(names: readonly string[]): string[] {
  if (names.length < 2) return [...names];
  const mask = capacityOfCopy(names.length) - 1;
  // Stable: what falls into one bucket stays as it was added.
  return names
    .map((name) => ({ name, bucket: spread(javaHash(name)) & mask }))
    .sort((a, b) => a.bucket - b.bucket)
    .map(({ name }) => name);
}

/** HashMap.putMapEntries into a map that has no table yet. */
function capacityOfCopy(size: number): number {
  const wanted = Math.floor(size / MAX_LOAD + 1);
  let capacity = 1;
  while (capacity < wanted) capacity *= 2;
  return capacity;
}

/** String.hashCode. */
export function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

/** HashMap.hash. */
export const spread = (hash: number): number => hash ^ (hash >>> 16);
