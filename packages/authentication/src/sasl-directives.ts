// The directives of DIGEST-MD5: `name=value,name="quoted value"` (RFC 2831 section 7.1, read as Java's SASL provider reads them).

const COMMA = 0x2c;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Undefined when they cannot be read, or one that may stand once stands twice. Unknown names are left out. */
export function parseDirectives<Name extends string>(
  bytes: Uint8Array,
  names: readonly Name[],
): ReadonlyMap<Name, Uint8Array> | undefined {
  const directives = new Map<Name, Uint8Array>();
  const scanner = new DirectiveScanner(bytes);
  while (!scanner.isAtEnd()) {
    const directive = scanner.next();
    if (directive === undefined) return undefined;
    const name = names.find((each) => each === directive.name);
    if (name === undefined) continue;
    if (directives.has(name)) return undefined;
    directives.set(name, directive.value);
  }
  return directives;
}

class DirectiveScanner {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#skipSeparators();
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  next(): { readonly name: string; readonly value: Uint8Array } | undefined {
    const name = this.#takeName();
    const value = name === '' ? undefined : this.#takeValue();
    this.#skipSeparators();
    return value === undefined ? undefined : { name, value: Uint8Array.from(value) };
  }

  /** With the equals sign behind it and the space around that; empty when there is none. */
  #takeName(): string {
    const start = this.#at;
    while (!this.isAtEnd() && !isSpace(this.#byte()) && this.#byte() !== EQUALS && this.#byte() !== COMMA) this.#at++;
    const name = this.#bytes.subarray(start, this.#at);
    this.#skipSpace();
    if (this.#byte() !== EQUALS) return '';
    this.#at++;
    this.#skipSpace();
    return this.isAtEnd() ? '' : String.fromCharCode(...name).toLowerCase();
  }

  #takeValue(): number[] | undefined {
    if (this.#byte() === QUOTE) return this.#takeQuoted();
    const value: number[] = [];
    for (; !this.isAtEnd() && !isSpace(this.#byte()) && this.#byte() !== COMMA; this.#at++) value.push(this.#byte());
    return value;
  }

  #takeQuoted(): number[] | undefined {
    const value: number[] = [];
    for (this.#at++; this.#byte() !== QUOTE; this.#at++) {
      if (this.#byte() === BACKSLASH) this.#at++;
      if (this.isAtEnd()) return undefined;
      value.push(this.#byte());
    }
    this.#at++;
    return this.isAtEnd() || isSpace(this.#byte()) || this.#byte() === COMMA ? value : undefined;
  }

  #skipSpace(): void {
    while (isSpace(this.#byte())) this.#at++;
  }

  #skipSeparators(): void {
    while (isSpace(this.#byte()) || this.#byte() === COMMA) this.#at++;
  }

  /** -1 behind the end. */
  #byte(): number {
    return this.#bytes[this.#at] ?? -1;
  }
}

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
