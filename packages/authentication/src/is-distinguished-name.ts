// Whether a text is a name to Java's X500Principal, which is what may stand in an ACL of the scheme x509: RFC 1779, RFC 2253 and
// RFC 4514 at once, with a few keywords more.

import { DerError, readDerValues } from './der.ts';

const KEYWORDS: ReadonlySet<string> = new Set([
  'CN',
  'C',
  'L',
  'S',
  'ST',
  'O',
  'OU',
  'T',
  'IP',
  'STREET',
  'DC',
  'DNQUALIFIER',
  'DNQ',
  'SURNAME',
  'GIVENNAME',
  'INITIALS',
  'GENERATION',
  'EMAIL',
  'EMAILADDRESS',
  'UID',
  'SERIALNUMBER',
]);

const SEPARATORS = ',;+';
/** Must not stand in a value without a backslash, beside the separators. */
const RESERVED = '<>"';
const ESCAPABLE = ',=\n+<>#;\\"';
const HEX_DIGIT = /^[\dA-Fa-f]$/;

export function isDistinguishedName(text: string): boolean {
  return text === '' || new NameScanner(text).isName();
}

class NameScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isName(): boolean {
    for (;;) {
      if (!this.#takeKeyword() || !this.#takeValue()) return false;
      if (this.#at === this.#text.length) return true;
      this.#at++;
    }
  }

  get #next(): string {
    return this.#text.charAt(this.#at);
  }

  /** With the equals sign behind it. */
  #takeKeyword(): boolean {
    const equals = this.#text.indexOf('=', this.#at);
    if (equals < 0) return false;
    const keyword = this.#text.slice(this.#at, equals).trim().toUpperCase();
    this.#at = equals + 1;
    return KEYWORDS.has(keyword) || isObjectIdentifier(keyword.replace(/^OID\./, ''));
  }

  /** Up to the separator behind it, or the end. */
  #takeValue(): boolean {
    this.#skipSpace();
    if (this.#next === '#') return this.#takeHex();
    return this.#next === '"' ? this.#takeQuoted() : this.#takeText();
  }

  #skipSpace(): void {
    while (this.#next === ' ' || this.#next === '\n') this.#at++;
  }

  #isAtEnd(): boolean {
    return this.#at === this.#text.length || SEPARATORS.includes(this.#next);
  }

  #takeHex(): boolean {
    const start = ++this.#at;
    while (!this.#isAtEnd()) this.#at++;
    const digits = this.#text.slice(start, this.#at);
    return /^([\dA-Fa-f]{2})+$/.test(digits) && isDerValue(Buffer.from(digits, 'hex'));
  }

  #takeQuoted(): boolean {
    for (this.#at++; this.#next !== '"'; this.#at++) {
      if (this.#at >= this.#text.length || (this.#next === '\\' && !this.#takeEscape(ESCAPABLE))) return false;
    }
    this.#at++;
    this.#skipSpace();
    return this.#isAtEnd();
  }

  #takeText(): boolean {
    for (; !this.#isAtEnd(); this.#at++) {
      if (this.#next === '\\' ? !this.#takeEscape(`${ESCAPABLE} `) : RESERVED.includes(this.#next)) return false;
    }
    return true;
  }

  /** From the backslash to the last character of what it escapes: one, or two that are a byte in hex. */
  #takeEscape(escapable: string): boolean {
    this.#at++;
    if (this.#at >= this.#text.length) return false;
    if (!HEX_DIGIT.test(this.#next)) return escapable.includes(this.#next);
    this.#at++;
    return HEX_DIGIT.test(this.#next);
  }
}

function isObjectIdentifier(text: string): boolean {
  if (!/^\d+(\.\d+)+$/.test(text)) return false;
  const [first = 0n, second = 0n] = text.split('.', 2).map(BigInt);
  return first < 2n ? second < 40n : first === 2n;
}

function isDerValue(bytes: Uint8Array): boolean {
  try {
    return readDerValues(bytes).length === 1;
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}
