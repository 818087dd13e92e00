// One store's file: read, its type known, its password at hand. What is in it is for others.

import { readFileSync } from 'node:fs';
import { TlsConfigurationError } from './tls-configuration-error.ts';
import type { StoreSettings, StoreType } from './tls-settings.ts';

export interface StoreFile {
  readonly settings: StoreSettings;
  readonly type: 'PEM' | 'PKCS12';
  readonly bytes: Buffer;
  readonly password: string;
}

/** KeyStoreFileType.fromFilename. */
const TYPE_OF_EXTENSION: Readonly<Record<string, StoreType>> = {
  '.jks': 'JKS',
  '.pem': 'PEM',
  '.p12': 'PKCS12',
  '.bcfks': 'BCFKS',
};

export function readStoreFile(settings: StoreSettings): StoreFile {
  const type = typeOf(settings);
  if (type === 'JKS' || type === 'BCFKS') throw notReadable(settings, type);
  const bytes = readStore(settings);
  checkContent(settings, type, bytes);
  return { settings, type, bytes, password: passwordOf(settings) };
}

export const locationError = (
  { key, location }: StoreSettings,
  problem: string,
  remedy: string,
  options?: ErrorOptions,
): TlsConfigurationError =>
  new TlsConfigurationError({ key: `${key}.location`, value: location, problem, remedy }, options);

export const passwordKeys = ({ key }: StoreSettings): string => `${key}.password or ${key}.passwordPath`;

function typeOf(settings: StoreSettings): StoreType {
  if (settings.type !== undefined) return settings.type;
  const extension = /\.[^.]*$/.exec(settings.location)?.[0] ?? '';
  const type = TYPE_OF_EXTENSION[extension];
  if (type !== undefined) return type;
  throw locationError(
    settings,
    'the name does not tell the type of the file',
    `set ${settings.key}.type to PEM or PKCS12, or let the name end in .pem or .p12`,
  );
}

function readStore(settings: StoreSettings): Buffer {
  try {
    return readFileSync(settings.location);
  } catch (cause) {
    throw locationError(settings, unreadable(cause), 'make it a file that this user may read', { cause });
  }
}

/** The password file may end in a line end (SecretUtils.readSecret). */
function passwordOf({ key, password, passwordPath }: StoreSettings): string {
  if (passwordPath === undefined) return password ?? '';
  try {
    return readFileSync(passwordPath, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new TlsConfigurationError(
      {
        key: `${key}.passwordPath`,
        value: passwordPath,
        problem: unreadable(cause),
        remedy: 'make it a file that this user may read',
      },
      { cause },
    );
  }
}

function unreadable(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'the file does not exist';
  return `the file cannot be read (${typeof code === 'string' ? code : 'unknown reason'})`;
}

/** JKS and JCEKS begin with these. */
const JAVA_MAGIC: ReadonlySet<number> = new Set([0xfeedfeed, 0xcececece]);
/** DER of PKCS12 is one SEQUENCE. */
const SEQUENCE = 0x30;

/** A file of another type than its name or its key says is the usual mistake, and its parser would only say "bad format". */
function checkContent(settings: StoreSettings, type: 'PEM' | 'PKCS12', bytes: Buffer): void {
  if (bytes.length >= 4 && JAVA_MAGIC.has(bytes.readUInt32BE(0))) throw notReadable(settings, 'JKS');
  const isPem = bytes.includes('-----BEGIN');
  if (type === 'PKCS12' && bytes[0] !== SEQUENCE) {
    const remedy = isPem ? `set ${settings.key}.type=PEM` : 'write the store anew, or correct the path';
    throw locationError(settings, isPem ? 'it holds PEM text, not PKCS12' : 'it is no PKCS12 file', remedy);
  }
  if (type === 'PEM' && !isPem) {
    const remedy =
      bytes[0] === SEQUENCE ? `set ${settings.key}.type=PKCS12` : 'write the file anew, or correct the path';
    throw locationError(settings, 'it holds no PEM text (no line begins with -----BEGIN)', remedy);
  }
}

/** Only Java reads these; its own tool converts them. */
function notReadable(settings: StoreSettings, type: 'JKS' | 'BCFKS'): TlsConfigurationError {
  const { key, location } = settings;
  const target = `${location.replace(/\.(jks|bcfks)$/, '')}.p12`;
  const provider =
    type === 'BCFKS' ? ` -srcstoretype BCFKS -providerclass ${BOUNCY_CASTLE} -providerpath bc-fips.jar` : '';
  const command = `keytool -importkeystore -srckeystore ${quoted(location)}${provider} -destkeystore ${quoted(target)} -deststoretype PKCS12`;
  const typeKey = settings.type === undefined ? '' : ` and ${key}.type=PKCS12`;
  return locationError(
    settings,
    `only Java reads a ${type} store`,
    `convert it with \`${command}\`, then set ${key}.location=${target}${typeKey}`,
  );
}

const BOUNCY_CASTLE = 'org.bouncycastle.jcajce.provider.BouncyCastleFipsProvider';

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
