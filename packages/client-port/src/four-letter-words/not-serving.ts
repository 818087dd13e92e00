/** AbstractFourLetterCommand.ZK_NOT_SERVING: the answer to most words while no clients are served. */
export const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests\n';
