// The keys of TLS: for clients (`ssl.`), and the same set between servers (`ssl.quorum.`).

import { acts, jvm, type KeyRow, later, protects } from './key-row.ts';
import { anyInteger, anyText, boolean, commaList, integer, nonEmptyText, oneOf, port } from './value-rules.ts';

const storeType = oneOf('', 'JKS', 'PEM', 'PKCS12', 'BCFKS');
const clientAuth = oneOf('none', 'want', 'need');

const clientStore = (name: 'keyStore' | 'trustStore', description: string): readonly KeyRow[] => [
  acts(`ssl.${name}.location`, anyText, undefined, description),
  acts(`ssl.${name}.password`, anyText, undefined, `Password of \`ssl.${name}.location\`.`, { secret: true }),
  acts(
    `ssl.${name}.passwordPath`,
    anyText,
    undefined,
    `File with that password; it counts before \`ssl.${name}.password\`.`,
  ),
  acts(
    `ssl.${name}.type`,
    storeType,
    undefined,
    'PEM or PKCS12; by default as the name ends, .pem or .p12. JKS and BCFKS are refused with the command that converts them.',
  ),
];

export const CLIENT_TLS_KEYS: readonly KeyRow[] = [
  acts('secureClientPort', port, undefined, 'Port for clients that speak TLS; it may be the only one.'),
  acts('secureClientPortAddress', nonEmptyText, 'any', 'Address on which they are served.'),
  acts('client.portUnification', boolean, 'false', '`true`: clients may speak TLS at `clientPort`, too.'),
  acts('client.certReload', boolean, 'false', '`true`: changed key and trust stores are read while the server runs.'),
  ...clientStore('keyStore', 'Key of the server and its certificates, in one file.'),
  ...clientStore('trustStore', 'Certificates of the authorities that sign those of clients.'),
  acts('ssl.clientAuth', clientAuth, 'need', 'Whether a client must show a certificate, may, or is not asked.'),
  acts(
    'ssl.protocol',
    nonEmptyText,
    'TLSv1.2 and TLSv1.3',
    'The one protocol, unless `ssl.enabledProtocols` lists several.',
  ),
  acts('ssl.enabledProtocols', commaList, undefined, 'TLSv1.2, TLSv1.3 or both; older ones are refused.'),
  acts('ssl.ciphersuites', commaList, "ZooKeeper's list", "Java's or OpenSSL's names, in the order of preference."),
  acts(
    'ssl.clientHostnameVerification',
    boolean,
    'false',
    "`true`: a client's certificate must name its address. Off with `ssl.hostnameVerification=false`.",
  ),
  acts(
    'ssl.hostnameVerification',
    boolean,
    'true',
    '`false` turns `ssl.clientHostnameVerification` off; else it is for clients.',
  ),
  acts(
    'ssl.allowReverseDnsLookup',
    boolean,
    'false',
    '`true`: a certificate may also name what DNS has for the address.',
  ),
  acts(
    'outstandingHandshake.limit',
    anyInteger,
    '-1',
    'TLS handshakes under way at once; further connections are closed. -1 is no limit.',
    { aliases: ['netty.server.outstandingHandshake.limit'] },
  ),
  protects('ssl.crl', boolean, 'false'),
  protects('ssl.ocsp', boolean, 'false'),
  jvm('ssl.handshakeDetectionTimeoutMillis', integer(1), '5000'),
  jvm('ssl.context.supplier.class', anyText),
  jvm('ssl.sslProvider', anyText, 'JDK'),
  jvm('fips-mode', boolean, 'true'),
];

const quorumStore = (name: 'keyStore' | 'trustStore'): readonly KeyRow[] => [
  later(`ssl.quorum.${name}.location`, anyText),
  later(`ssl.quorum.${name}.password`, anyText, undefined, { secret: true }),
  later(`ssl.quorum.${name}.passwordPath`, anyText),
  later(`ssl.quorum.${name}.type`, storeType),
];

export const QUORUM_TLS_KEYS: readonly KeyRow[] = [
  protects('sslQuorum', boolean, 'false'),
  later('portUnification', boolean, 'false'),
  later('sslQuorumReloadCertFiles', boolean, 'false'),
  ...quorumStore('keyStore'),
  ...quorumStore('trustStore'),
  later('ssl.quorum.protocol', anyText, 'TLSv1.3'),
  later('ssl.quorum.enabledProtocols', commaList),
  later('ssl.quorum.ciphersuites', commaList),
  jvm('ssl.quorum.context.supplier.class', anyText),
  later('ssl.quorum.hostnameVerification', boolean, 'true'),
  later('ssl.quorum.clientHostnameVerification', boolean, 'true'),
  later('ssl.quorum.allowReverseDnsLookup', boolean, 'false'),
  later('ssl.quorum.crl', boolean, 'false'),
  later('ssl.quorum.ocsp', boolean, 'false'),
  later('ssl.quorum.clientAuth', clientAuth, 'need'),
  later('ssl.quorum.handshakeDetectionTimeoutMillis', integer(1), '5000'),
];
