// What every AuthenticationProvider keeps to, whatever its scheme.

import type { AuthenticatingClient, AuthenticationProvider, Identity } from '@zebu/interfaces';
import { describe, expect, it } from 'vitest';

export interface AuthenticationProviderFixture {
  readonly provider: AuthenticationProvider;
  /** Proofs that are accepted, of different clients; none where no packet of the scheme proves anything. */
  readonly proofs: readonly (Uint8Array | null)[];
  /** The client that has the proofs. */
  readonly client?: AuthenticatingClient;
  /** Ids that may stand in an ACL, and match themselves; none where the scheme has none. */
  readonly validIds: readonly string[];
  /** What occurs in the proofs, and must not be shown. */
  readonly secrets: readonly string[];
}

const STRANGER: AuthenticatingClient = { host: '192.0.2.1', identities: ['ip:192.0.2.1'] };

/** A client may send and write anything. */
const GARBAGE_BYTES: readonly (Uint8Array | null)[] = [
  null,
  new Uint8Array(0),
  new Uint8Array([0xff, 0xfe, 0x00, 0x80, 0xc0]),
  new Uint8Array(100_000).fill(0x3a),
];
const GARBAGE_TEXT: readonly string[] = [
  '',
  ':',
  '::',
  '/',
  '=',
  '@',
  '\0',
  'a/b@c@d',
  '1.2.3.4/99',
  '\ud800',
  ','.repeat(100_000),
];

export function authenticationProviderCompliance(name: string, setup: () => AuthenticationProviderFixture): void {
  describe(`AuthenticationProvider: ${name}`, () => {
    it('has a scheme that can stand before a colon, and is none that needs no provider', () => {
      const { scheme } = setup().provider;
      expect(scheme).toMatch(/^[^:\s]+$/);
      expect(['world', 'auth', 'super']).not.toContain(scheme);
    });

    it('proves identities of its own scheme, or of super', () => {
      const { provider } = setup();
      for (const identity of provenIdentities(setup())) {
        expect(identity.startsWith(`${provider.scheme}:`) || identity.startsWith('super:'), identity).toBe(true);
      }
    });

    it('answers the same to the same question', () => {
      expect(provenIdentities(setup())).toEqual(provenIdentities(setup()));
    });

    it('answers any bytes, and throws at none', () => {
      const { provider } = setup();
      for (const proof of GARBAGE_BYTES) {
        expect(['proven', 'failed', 'disconnect']).toContain(provider.authenticate(proof, STRANGER).type);
      }
    });

    it('does not keep or change the bytes of a proof', () => {
      const { provider, proofs, client = STRANGER } = setup();
      for (const proof of proofs) {
        const own = proof === null ? null : proof.slice();
        const result = JSON.stringify(provider.authenticate(own, client));
        expect(own).toEqual(proof);
        own?.fill(0xee);
        expect(JSON.stringify(provider.authenticate(proof, client))).toBe(result);
      }
    });

    it('answers any text in an ACL, and throws at none', () => {
      const { provider, validIds } = setup();
      for (const text of GARBAGE_TEXT) {
        expect(typeof provider.isValid(text)).toBe('boolean');
        expect(typeof provider.userNameOf(text)).toBe('string');
        for (const id of [...GARBAGE_TEXT, ...validIds]) expect(typeof provider.matches(text, id)).toBe('boolean');
      }
    });

    it('takes its valid ids for valid, and each matches itself', () => {
      const { provider, validIds } = setup();
      for (const id of validIds) {
        expect(provider.isValid(id), id).toBe(true);
        expect(provider.matches(id, id), id).toBe(true);
      }
    });

    it('does not take one id for another', () => {
      const { provider, validIds } = setup();
      for (const id of validIds) {
        for (const other of validIds)
          if (other !== id) expect(provider.matches(id, other), `${id} ${other}`).toBe(false);
      }
    });

    it('lets every identity that says who someone is stand in an ACL: the scheme auth writes it there', () => {
      const { provider } = setup();
      if (!provider.isAuthenticated) return;
      for (const id of ownIds(setup())) expect(provider.matches(id, id), id).toBe(true);
    });

    it('shows no secret', () => {
      const { provider, secrets } = setup();
      for (const secret of secrets) {
        for (const identity of provenIdentities(setup())) expect(identity).not.toContain(secret);
        for (const id of ownIds(setup())) expect(provider.userNameOf(id)).not.toContain(secret);
      }
    });
  });
}

function provenIdentities({ provider, proofs, client = STRANGER }: AuthenticationProviderFixture): readonly Identity[] {
  return proofs.flatMap((proof) => {
    const result = provider.authenticate(proof, client);
    expect(result.type, 'the proof of the fixture').toBe('proven');
    return result.type === 'proven' ? result.identities : [];
  });
}

function ownIds(fixture: AuthenticationProviderFixture): readonly string[] {
  const prefix = `${fixture.provider.scheme}:`;
  return provenIdentities(fixture)
    .filter((identity) => identity.startsWith(prefix))
    .map((identity) => identity.slice(prefix.length));
}
