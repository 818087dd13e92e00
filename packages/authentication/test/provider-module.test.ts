import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authenticationProviderCompliance } from '@zebu/compliance-tests/authentication';
import type { AuthenticationProvider, LogFields } from '@zebu/interfaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadProviderModule, ProviderModuleError } from '../src/index.ts';

const SECRET = 'open-sesame';
const client = { host: '10.0.0.7', identities: [] };
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const GOOD = `export default async ({ properties }) => ({
  scheme: 'token',
  isAuthenticated: true,
  authenticate: (proof) => ({ type: 'proven', identities: ['token:' + properties.get('prefix') + new TextDecoder().decode(proof ?? undefined).length] }),
  isValid: (id) => /^p\\d+$/.test(id),
  matches: (id, aclExpression) => id === aclExpression,
  userNameOf: (id) => id,
});`;

const BAD = `const fail = () => { throw new Error('${SECRET}'); };
export default () => ({ scheme: 'token', isAuthenticated: true, authenticate: fail, isValid: fail, matches: fail, userNameOf: fail });`;

const ODD = `export default () => ({
  scheme: 'token', isAuthenticated: true, isValid: () => 1, matches: async () => true, userNameOf: () => undefined,
  authenticate: (proof) => [undefined, Promise.resolve({ type: 'proven', identities: [] }), { type: 'proven', identities: ['digest:ann:x'] },
    { type: 'proven', identities: [1] }, { type: 'proven' }, { type: 'fine' }][proof[0]],
});`;

let directory = '';
const warnings: { message: string; fields: LogFields | undefined }[] = [];
const ignore = () => undefined;
const logger = {
  debug: ignore,
  info: ignore,
  warn: (message: string, fields?: LogFields) => void warnings.push({ message, fields }),
  error: ignore,
};
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-provider-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

let count = 0;
function load(text: string): Promise<AuthenticationProvider> {
  const file = join(directory, `provider-${++count}.mjs`);
  writeFileSync(file, text);
  return loadProviderModule(file, { properties: new Map([['prefix', 'p']]), logger });
}

describe('a provider from a module', () => {
  it('is made by its default export, which sees the configuration', async () => {
    const provider = await load(GOOD);
    expect(provider.authenticate(encode('abc'), client)).toEqual({ type: 'proven', identities: ['token:p3'] });
  });

  it('that throws proves nothing, permits nothing, and is named without what it threw', async () => {
    const provider = await load(BAD);
    warnings.length = 0;
    expect(provider.authenticate(encode(SECRET), client)).toEqual({ type: 'failed' });
    expect([provider.isValid('x'), provider.matches('x', 'x'), provider.userNameOf('x')]).toEqual([false, false, '']);
    expect(warnings).toHaveLength(4);
    expect(JSON.stringify(warnings)).not.toContain(SECRET);
  });

  it('that rejects what it should have answered proves nothing, and does not end the process', async () => {
    const provider = await load(BAD.replace('() => { throw', 'async () => { throw'));
    const rejections: unknown[] = [];
    const note = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', note);
    expect(provider.authenticate(encode(SECRET), client)).toEqual({ type: 'failed' });
    expect([provider.isValid('x'), provider.matches('x', 'x'), provider.userNameOf('x')]).toEqual([false, false, '']);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(rejections).toEqual([]);
  });

  it('that answers in another shape proves nothing and permits nothing', async () => {
    const provider = await load(ODD);
    for (let answer = 0; answer < 6; answer++) {
      expect(provider.authenticate(new Uint8Array([answer]), client)).toEqual({ type: 'failed' });
    }
    expect([provider.isValid('x'), provider.matches('x', 'x'), provider.userNameOf('x')]).toEqual([false, false, '']);
  });

  it.each([
    ['no default export', 'export const scheme = 1;'],
    ['no provider', 'export default () => ({ scheme: "token" });'],
    ['a scheme with a colon', GOOD.replace("'token'", "'to:ken'")],
    ['an error', `export default () => { throw new Error('no server'); };`],
    ['no JavaScript', 'Server {'],
  ])('is refused: %s', async (_, text) => {
    await expect(load(text)).rejects.toThrow(ProviderModuleError);
  });
});

const provider = await (async () => {
  const place = mkdtempSync(join(tmpdir(), 'zebu-provider-'));
  const file = join(place, 'good.mjs');
  writeFileSync(file, GOOD);
  const loaded = await loadProviderModule(file, { properties: new Map([['prefix', 'p']]), logger });
  rmSync(place, { recursive: true });
  return loaded;
})();

authenticationProviderCompliance('a module', () => ({
  provider,
  proofs: [encode('a'), encode('ab')],
  validIds: ['p1', 'p2'],
  secrets: ['ab'],
}));
