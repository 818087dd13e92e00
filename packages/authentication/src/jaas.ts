// A JAAS login file: sections of login modules with options, of which ZooKeeper's server needs one.
//     Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_ann="secret"; };

export interface LoginModule {
  readonly className: string;
  readonly options: ReadonlyMap<string, string>;
}

/** Says where, and never what: the file holds passwords. */
export class JaasSyntaxError extends Error {
  override readonly name = 'JaasSyntaxError';
  readonly code = 'JAAS_SYNTAX';
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.line = line;
  }
}

/** The modules of each section. Throws JaasSyntaxError. */
export function parseJaas(text: string): ReadonlyMap<string, readonly LoginModule[]> {
  const parser = new Parser(tokenize(text));
  const sections = new Map<string, readonly LoginModule[]>();
  while (!parser.isAtEnd()) {
    const name = parser.takeWord('the name of a section');
    sections.set(name, parser.takeModules());
  }
  return sections;
}

interface Token {
  readonly kind: 'word' | 'punctuation' | 'end';
  readonly text: string;
  readonly line: number;
}

const CONTROL_FLAGS: ReadonlySet<string> = new Set(['required', 'requisite', 'sufficient', 'optional']);

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  isAtEnd(): boolean {
    return this.#next.kind === 'end';
  }

  takeWord(what: string): string {
    const { kind, text, line } = this.#next;
    if (kind !== 'word') throw new JaasSyntaxError(line, `${what} is missing`);
    this.#at++;
    return text;
  }

  /** In braces, with the semicolon behind them. */
  takeModules(): readonly LoginModule[] {
    const modules: LoginModule[] = [];
    this.#take('{');
    while (!this.#is('}')) modules.push(this.#takeModule());
    this.#take('}');
    this.#take(';');
    return modules;
  }

  #takeModule(): LoginModule {
    const className = this.takeWord('the class of a login module');
    const { line } = this.#next;
    const flag = this.takeWord('required');
    if (!CONTROL_FLAGS.has(flag.toLowerCase())) {
      throw new JaasSyntaxError(
        line,
        'required, requisite, sufficient or optional follows the class of a login module',
      );
    }
    const options = new Map<string, string>();
    while (!this.#is(';')) {
      const name = this.takeWord('an option, or the semicolon behind the last,');
      this.#take('=');
      options.set(name, this.takeWord('the value of an option'));
    }
    this.#take(';');
    return { className, options };
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #is(punctuation: string): boolean {
    return this.#next.kind === 'punctuation' && this.#next.text === punctuation;
  }

  #take(punctuation: string): void {
    if (!this.#is(punctuation)) throw new JaasSyntaxError(this.#next.line, `${punctuation} is missing`);
    this.#at++;
  }
}

/** Space, comments, a quoted string, punctuation, a word. */
const TOKEN = /\s+|\/\/[^\n]*|\/\*[^]*?\*\/|"((?:\\[^]|[^"\\\n])*)"|([{};=])|([^\s{};="]+)/y;

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw new JaasSyntaxError(line, 'a quoted string does not end');
    const [whole, quoted, punctuation, word] = match;
    // Java takes none either. As they stand, they would be a part of the password that nobody knows of.
    if (word?.startsWith("'") === true) throw new JaasSyntaxError(line, 'single quotes, where double ones belong');
    if (quoted !== undefined) tokens.push({ kind: 'word', text: unescape(quoted), line });
    else if (punctuation !== undefined) tokens.push({ kind: 'punctuation', text: punctuation, line });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, line });
    line += whole.split('\n').length - 1;
  }
  return [...tokens, { kind: 'end', text: '', line }];
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', b: '\b', v: '\v', a: '\x07' };

/** As java.io.StreamTokenizer. */
const unescape = (quoted: string): string =>
  quoted.replace(/\\([0-3]?[0-7]{1,2}|[^])/g, (_, escaped: string) =>
    /^[0-7]/.test(escaped) ? String.fromCharCode(Number.parseInt(escaped, 8)) : (ESCAPES[escaped] ?? escaped),
  );
