// Seeded in tests and in the simulation.

export interface Random {
  /** Uniform in [0, bound), an integer; bound is at most 2^32. */
  below(bound: number): number;
}
