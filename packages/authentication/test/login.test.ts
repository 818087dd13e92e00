import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasSection, readCredentials, readOwnLogin } from '../src/index.ts';

const MODULE = 'org.apache.zookeeper.server.auth.DigestLoginModule';

describe('the login of a JAAS file', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'zebu-jaas-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const read = (text: string, options: { section?: string; superPassword?: string } = {}) => {
    const file = join(directory, 'jaas.conf');
    writeFileSync(file, text);
    return readCredentials({ file, section: 'Server', ...options });
  };

  it('lists users and passwords', () => {
    const text = `
      // What a client needs is in another section.
      Client { ${MODULE} required username="ann" password="nobody's"; };
      /* Two users;
         and an option that is none. */
      Server {
        ${MODULE} REQUIRED
          debug=true
          user_ann="'open' \\"sesame\\" \\101;" // a comment
          user_bob=plain;
      };`;
    expect([...read(text)]).toEqual([
      ['ann', `'open' "sesame" A;`],
      ['bob', 'plain'],
    ]);
  });

  it('is the one by which this server logs in elsewhere', () => {
    const file = join(directory, 'jaas.conf');
    const own = (text: string) => {
      writeFileSync(file, text);
      return readOwnLogin({ file, section: 'QuorumLearner' });
    };
    expect(own(`QuorumLearner { ${MODULE} required username="ann" password="hers"; };`)).toEqual({
      username: 'ann',
      password: 'hers',
    });
    expect(() => own(`QuorumLearner { ${MODULE} required user_ann="hers"; };`)).toThrow(
      /jaas\.conf: QuorumLearner has no username and password$/,
    );
    expect(() => own(`QuorumServer { ${MODULE} required username="ann" password="hers"; };`)).toThrow(
      /has no section QuorumLearner$/,
    );
    expect(() => own('QuorumLearner { com.sun.security.auth.module.Krb5LoginModule required; };')).toThrow(
      /logs in by com\.sun\.security\.auth\.module\.Krb5LoginModule; only .*DigestLoginModule \(names and passwords\) works here$/,
    );
  });

  it('tells whether there is one', () => {
    const file = join(directory, 'jaas.conf');
    writeFileSync(file, `QuorumServer { ${MODULE} required user_ann="hers"; };`);
    expect(hasSection({ file, section: 'QuorumServer' })).toBe(true);
    expect(hasSection({ file, section: 'Server' })).toBe(false);
    expect(() => hasSection({ file: join(directory, 'none'), section: 'Server' })).toThrow(/cannot be read: ENOENT/);
  });

  it('may be in another section, and of several modules', () => {
    const text = `Zebu { ${MODULE} required user_ann="1"; ${MODULE} optional user_bob="2"; };`;
    expect([...read(text, { section: 'Zebu' }).keys()]).toEqual(['ann', 'bob']);
  });

  it('has another password for super when the configuration gives one', () => {
    const text = `Server { ${MODULE} required user_super="1" user_ann="2"; };`;
    expect([...read(text, { superPassword: '3' }).values()]).toEqual(['3', '2']);
    expect([...read(`Server { ${MODULE} required user_ann="2"; };`, { superPassword: '3' }).keys()]).toEqual(['ann']);
  });

  it.each([
    ['no such section', `Client { ${MODULE} required user_ann="secret"; };`, /jaas.conf has no section Server/],
    [
      'Kerberos',
      'Server { com.sun.security.auth.module.Krb5LoginModule required; };',
      /Krb5LoginModule.*names and passwords/,
    ],
    ['a flag forgotten', `Server {\n ${MODULE} user_ann="secret";\n};`, /line 2: required/],
    ['a semicolon forgotten', `Server {\n ${MODULE} required user_ann="secret"\n};`, /line 3: an option/],
    ['the last semicolon forgotten', `Server { ${MODULE} required user_ann="secret"; }`, /line 1: ; is missing/],
    ['a brace forgotten', `Server ${MODULE} required user_ann="secret"; };`, /line 1: \{ is missing/],
    ['a quote forgotten', `Server {\n ${MODULE} required user_ann="secret; };`, /line 2: a quoted string/],
    ['single quotes', `Server {\n ${MODULE} required user_ann='secret';\n};`, /line 2: single quotes/],
    ['no value', `Server { ${MODULE} required user_ann=; };`, /the value of an option is missing/],
  ])('is refused in words that tell no password: %s', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).not.toThrow(/secret/);
  });

  it('needs a file', () => {
    expect(() => readCredentials({ file: join(directory, 'none'), section: 'Server' })).toThrow(/none.*ENOENT/);
  });
});
