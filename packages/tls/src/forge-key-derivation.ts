// Has Node derive the keys of PBES2 in forge's place. Forge counts the iterations in JavaScript, which takes seconds for a store that
// was written with care, while all clients wait when certificates are read again; and it takes the characters of a password
// for bytes, where those who write stores (openssl, Java) take its UTF-8.

import { pbkdf2Sync } from 'node:crypto';
import forge from 'node-forge';

type DeriveKey = (
  password: string,
  salt: string,
  iterations: number,
  keyBytes: number,
  digest?: { readonly algorithm: string } | string | null,
) => string;

const deriveKey: DeriveKey = (password, salt, iterations, keyBytes, digest) => {
  const algorithm = typeof digest === 'string' ? digest : (digest?.algorithm ?? 'sha1');
  const key = pbkdf2Sync(Buffer.from(password, 'utf8'), Buffer.from(salt, 'binary'), iterations, keyBytes, algorithm);
  return key.toString('binary');
};

forge.pkcs5.pbkdf2 = deriveKey as typeof forge.pkcs5.pbkdf2;
