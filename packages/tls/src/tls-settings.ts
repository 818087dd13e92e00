// What ZooKeeper's `ssl.` keys say, as text that was not looked into yet.

export type StoreType = 'JKS' | 'PEM' | 'PKCS12' | 'BCFKS';

export interface StoreSettings {
  /** What the keys of this store begin with, for messages: `ssl.keyStore`. */
  readonly key: string;
  readonly location: string;
  /** Undefined: by the end of the file's name, as in ZooKeeper. */
  readonly type: StoreType | undefined;
  readonly password: string | undefined;
  /** A file with the password; it counts before `password`. */
  readonly passwordPath: string | undefined;
}

export interface TlsSettings {
  /** What its keys begin with, for messages: `ssl.`. */
  readonly prefix: string;
  readonly keyStore: StoreSettings;
  /** Who signs certificates of clients; undefined when none is asked for one. */
  readonly trustStore: StoreSettings | undefined;
  /** Java's names, as `TLSv1.3`; undefined is TLSv1.2 and TLSv1.3. */
  readonly protocols: readonly string[] | undefined;
  /** Java's or OpenSSL's names, in the order of preference; undefined is ZooKeeper's list. */
  readonly cipherSuites: readonly string[] | undefined;
}
