// The subject of a certificate as Java writes it (X500Principal.getName, RFC 2253), since that text is what ACLs name: the last
// part first, `CN=ann,OU=ops,O=Zebu`; what is no known attribute or no text as `1.2.840.113549.1.9.1=#160...`.

import { DerTag, type DerValue, formatObjectIdentifier, readDerChildren, readDerValues } from './der.ts';

/** The keywords of RFC 2253; others that Java knows, as EMAILADDRESS, it does not write in this form. */
const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.9', 'STREET'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
]);

const TEXT_TAGS: ReadonlySet<number> = new Set([
  DerTag.UTF8_STRING,
  DerTag.PRINTABLE_STRING,
  DerTag.TELETEX_STRING,
  DerTag.IA5_STRING,
  DerTag.GENERAL_STRING,
  DerTag.BMP_STRING,
]);

/** Of the version, where there is one: [0] EXPLICIT. */
const VERSION_TAG = 0xa0;
/** Of tbsCertificate, behind the version: serialNumber, signature, issuer, validity, subject. */
const SUBJECT_INDEX = 4;

/** Of a certificate in DER. Throws DerError. */
export function subjectOf(certificate: Uint8Array): string {
  const [tbsCertificate] = readDerChildren(readDerValues(certificate)[0], DerTag.SEQUENCE);
  const fields = readDerChildren(tbsCertificate, DerTag.SEQUENCE);
  const subject = fields[fields[0]?.tag === VERSION_TAG ? SUBJECT_INDEX + 1 : SUBJECT_INDEX];
  return readDerChildren(subject, DerTag.SEQUENCE).map(formatRelativeName).reverse().join(',');
}

const formatRelativeName = (relativeName: DerValue): string =>
  readDerChildren(relativeName, DerTag.SET).map(formatAttribute).join('+');

function formatAttribute(attribute: DerValue): string {
  const [type, value] = readDerChildren(attribute, DerTag.SEQUENCE);
  const identifier = formatObjectIdentifier(type?.contents ?? new Uint8Array(0));
  const keyword = KEYWORDS.get(identifier);
  if (keyword === undefined || value === undefined || !TEXT_TAGS.has(value.tag)) {
    return `${keyword ?? identifier}=#${Buffer.from(value?.encoded ?? []).toString('hex')}`;
  }
  // As UTF-8 whatever the tag says, which is what Java does.
  return `${keyword}=${escapeText(new TextDecoder('utf-8', { ignoreBOM: true }).decode(value.contents))}`;
}

/** Space and carriage return only where they lead or trail. */
function escapeText(text: string): string {
  const escaped = text.replace(/[,=+<>#;"\\]/g, '\\$&').replaceAll('\0', '\\00');
  const withLead = escaped.replace(/^[ \r]+/, (lead) => escapeEach(lead));
  return withLead.length > 0 && /^(\\[ \r])+$/.test(withLead)
    ? withLead
    : withLead.replace(/[ \r]+$/, (trail) => escapeEach(trail));
}

const escapeEach = (text: string): string => text.replace(/[ \r]/g, '\\$&');
