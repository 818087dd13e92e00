// ZooKeeper's CreateMode flags.

export const CreateMode = {
  PERSISTENT: 0,
  EPHEMERAL: 1,
  PERSISTENT_SEQUENTIAL: 2,
  EPHEMERAL_SEQUENTIAL: 3,
  CONTAINER: 4,
  PERSISTENT_WITH_TTL: 5,
  PERSISTENT_SEQUENTIAL_WITH_TTL: 6,
} as const;
export type CreateMode = (typeof CreateMode)[keyof typeof CreateMode];

export const isEphemeralMode = (mode: number): boolean =>
  mode === CreateMode.EPHEMERAL || mode === CreateMode.EPHEMERAL_SEQUENTIAL;
export const isSequentialMode = (mode: number): boolean =>
  mode === CreateMode.PERSISTENT_SEQUENTIAL ||
  mode === CreateMode.EPHEMERAL_SEQUENTIAL ||
  mode === CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL;
export const isTtlMode = (mode: number): boolean =>
  mode === CreateMode.PERSISTENT_WITH_TTL || mode === CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL;
/** Whether a client's flags are a create mode at all. */
export const isCreateMode = (flags: number): boolean =>
  flags >= CreateMode.PERSISTENT && flags <= CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL;
