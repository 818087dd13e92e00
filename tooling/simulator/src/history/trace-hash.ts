// A hash of every value of every event, in order. Not against forgers: it tells two runs apart, and costs little.

const FLOATS = new Float64Array(1);
const BIGS = new BigUint64Array(FLOATS.buffer);
const WORDS = new Uint32Array(FLOATS.buffer);

export class TraceHash {
  #left = 0x811c9dc5;
  #right = 0x9e3779b9;

  /** Values alone, in the order of their keys: which keys there are is told by `type`, which is one of them. */
  add(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.#addText(value);
      case 'number':
        FLOATS[0] = value;
        return this.#addWords();
      case 'bigint':
        BIGS[0] = value;
        return this.#addWords();
      case 'boolean':
        return this.#mix(value ? 3 : 5);
      case 'object':
        return this.#addObject(value);
      case 'undefined':
      case 'function':
      case 'symbol':
        return this.#mix(7);
    }
  }

  /** Hexadecimal. */
  digest(): string {
    return [this.#left, this.#right].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #addText(text: string): void {
    this.#mix(text.length);
    for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index));
  }

  #addWords(): void {
    this.#mix(WORDS[0] as number);
    this.#mix(WORDS[1] as number);
  }

  #addObject(value: object | null): void {
    if (value === null) return this.#mix(11);
    if (Array.isArray(value)) {
      this.#mix(value.length);
      for (const element of value) this.add(element);
    } else {
      for (const key in value) this.add((value as Record<string, unknown>)[key]);
    }
  }

  #mix(word: number): void {
    const left = Math.imul(this.#left ^ word, 0x01000193);
    this.#left = left ^ (left >>> 15);
    this.#right = Math.imul(this.#right + word, 0x85ebca6b) ^ (this.#left >>> 3);
  }
}
