// The door: who the server is and whom it trusts, for as long as it runs. Files that change are read again when that is wanted; what cannot be
// read leaves everything as it was.

import { createSecureContext, type TlsOptions } from 'node:tls';
import type { Clock, Logger, Timer } from '@zebu/interfaces';
import { cipherSuites } from './cipher-suites.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type KeyStore, readKeyStore } from './key-store.ts';
import { protocols, SECURE_OPTIONS } from './protocols.ts';
import { TlsConfigurationError } from './tls-configuration-error.ts';
import type { StoreSettings, TlsSettings } from './tls-settings.ts';
import { readTrustStore } from './trust-store.ts';

export interface TlsIdentity {
  /** For a server of node:tls: key, chain, trusted authorities, protocols and cipher suites, all read and checked. */
  readonly options: TlsOptions;
  /** Looks at the files now and then from here on; the listener gets the new options. A second call is a mistake. */
  watch(onChange: (options: TlsOptions) => void): void;
  close(): void;
}

export interface TlsDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often files are looked at. By looking, since notifications miss network disks and the links that Kubernetes swaps. */
const LOOK_INTERVAL_MS = 1000;

/** Throws TlsConfigurationError. */
export const createTlsIdentity = (dependencies: TlsDependencies, settings: TlsSettings): TlsIdentity =>
  new FileTlsIdentity(dependencies, settings);

class FileTlsIdentity implements TlsIdentity {
  readonly #dependencies: TlsDependencies;
  readonly #settings: TlsSettings;
  #options: TlsOptions;
  #fingerprint: string;
  #timer: Timer | undefined;

  constructor(dependencies: TlsDependencies, settings: TlsSettings) {
    this.#dependencies = dependencies;
    this.#settings = settings;
    // Before the reading: what changes in between is read once more.
    this.#fingerprint = this.#look();
    this.#options = this.#read();
  }

  get options(): TlsOptions {
    return this.#options;
  }

  watch(onChange: (options: TlsOptions) => void): void {
    this.#timer = this.#dependencies.clock.setTimer(this.#dependencies.clock.now() + LOOK_INTERVAL_MS, () => {
      this.#reload(onChange);
      this.watch(onChange);
    });
  }

  close(): void {
    this.#timer?.cancel();
  }

  #reload(onChange: (options: TlsOptions) => void): void {
    const fingerprint = this.#look();
    if (fingerprint === this.#fingerprint) return;
    // Also when it fails: the next attempt is due when something changes again.
    this.#fingerprint = fingerprint;
    try {
      this.#options = this.#read();
    } catch (error) {
      if (!(error instanceof TlsConfigurationError)) throw error;
      this.#dependencies.logger.warn('changed certificates are not usable: the former ones stay', {
        error: error.message,
      });
      return;
    }
    this.#dependencies.logger.info('certificates were read again', { keyStore: this.#settings.keyStore.location });
    onChange(this.#options);
  }

  #look(): string {
    const { keyStore, trustStore } = this.#settings;
    return [keyStore, trustStore]
      .flatMap((store) => filesOf(store))
      .map(fingerprintOf)
      .join(' ');
  }

  #read(): TlsOptions {
    const { prefix, keyStore, trustStore } = this.#settings;
    const suites = cipherSuites(`${prefix}ciphersuites`, this.#settings.cipherSuites);
    const versions = protocols(`${prefix}enabledProtocols`, this.#settings.protocols);
    const store = readKeyStore(keyStore);
    this.#warnOfDates(store);
    const usable = { TLSv1: false, 'TLSv1.1': false, 'TLSv1.2': suites.hasTls12, 'TLSv1.3': suites.hasTls13 };
    if (!usable[versions.minVersion] && !usable[versions.maxVersion]) {
      throw new TlsConfigurationError({
        key: `${prefix}ciphersuites`,
        problem: `none of them is of ${versions.maxVersion}`,
        remedy: `add one that is, or correct ${prefix}enabledProtocols`,
      });
    }
    const options: TlsOptions = {
      key: store.key.export({ type: 'pkcs8', format: 'pem' }),
      cert: store.chain.map((certificate) => certificate.toString()).join(''),
      // Without a trust store nobody is asked for a certificate: none is trusted, the public authorities neither.
      ca: trustStore === undefined ? [] : readTrustStore(trustStore).map((certificate) => certificate.toString()),
      ciphers: suites.openssl,
      honorCipherOrder: true,
      ...versions,
      secureOptions: SECURE_OPTIONS,
    };
    return checked(keyStore, options);
  }

  #warnOfDates({ chain }: KeyStore): void {
    const [own] = chain;
    if (own === undefined) return;
    const now = this.#dependencies.clock.wallClock();
    if (now >= Date.parse(own.validFrom) && now <= Date.parse(own.validTo)) return;
    this.#dependencies.logger.warn('the certificate is not valid now: others will refuse it', {
      keyStore: this.#settings.keyStore.location,
      validFrom: own.validFrom,
      validTo: own.validTo,
    });
  }
}

const filesOf = (store: StoreSettings | undefined): readonly string[] =>
  store === undefined ? [] : [store.location, ...(store.passwordPath === undefined ? [] : [store.passwordPath])];

/** OpenSSL has the last word, on key sizes for example. */
function checked({ key, location }: StoreSettings, options: TlsOptions): TlsOptions {
  try {
    createSecureContext(options);
    return options;
  } catch (cause) {
    throw new TlsConfigurationError(
      {
        key: `${key}.location`,
        value: location,
        problem: `OpenSSL refuses it (${cause instanceof Error ? cause.message : 'unknown reason'})`,
        remedy: 'make a key and a certificate that are strong enough, as RSA of 2048 bits with SHA-256',
      },
      { cause },
    );
  }
}
