// Which servers cannot reach which.

import type { ServerId } from '@zebu/protocol';

export class Partitions {
  readonly #cut = new Set<string>();
  readonly #stalled = new Set<string>();

  cut(a: ServerId, b: ServerId): void {
    this.#cut.add(directionOf(a, b));
    this.#cut.add(directionOf(b, a));
  }

  stall(from: ServerId, to: ServerId): void {
    this.#stalled.add(directionOf(from, to));
  }

  heal(a: ServerId, b: ServerId): void {
    for (const direction of [directionOf(a, b), directionOf(b, a)]) {
      this.#cut.delete(direction);
      this.#stalled.delete(direction);
    }
  }

  stalled(from: ServerId, to: ServerId): boolean {
    return this.#stalled.has(directionOf(from, to));
  }

  /** Both directions work: a connection can be made. */
  connectable(a: ServerId, b: ServerId): boolean {
    const directions = [directionOf(a, b), directionOf(b, a)];
    return directions.every((direction) => !this.#cut.has(direction) && !this.#stalled.has(direction));
  }
}

export const directionOf = (from: ServerId, to: ServerId): string => `${from}>${to}`;
