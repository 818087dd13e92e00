// The keys of TLS: for clients (`ssl.`), and the same set between servers (`ssl.quorum.`).

import { acts, jvm, type KeyRow, protects } from './key-row.ts';
import { anyInteger, anyText, boolean, commaList, integer, nonEmptyText, oneOf, port } from './value-rules.ts';

const storeType = oneOf('', 'JKS', 'PEM', 'PKCS12', 'BCFKS');
const clientAuth = oneOf('none', 'want', 'need');

const storeOf = (
  prefix: 'ssl.' | 'ssl.quorum.',
  name: 'keyStore' | 'trustStore',
  description: string,
): readonly KeyRow[] => {
  const store = `${prefix}${name}`;
  return [
    acts(`${store}.location`, anyText, undefined, description),
    acts(`${store}.password`, anyText, undefined, `Password of \`${store}.location\`.`, { secret: true }),
    acts(
      `${store}.passwordPath`,
      anyText,
      undefined,
      `File with that password; it counts before \`${store}.password\`.`,
    ),
    acts(
      `${store}.type`,
      storeType,
      undefined,
      'PEM or PKCS12; by default as the name ends, .pem or .p12. JKS and BCFKS are refused with the command that converts them.',
    ),
  ];
};

export const CLIENT_TLS_KEYS: readonly KeyRow[] = [
  acts('secureClientPort', port, undefined, 'Port for clients that speak TLS; it may be the only one.'),
  acts('secureClientPortAddress', nonEmptyText, 'any', 'Address on which they are served.'),
  acts('client.portUnification', boolean, 'false', '`true`: clients may speak TLS at `clientPort`, too.'),
  acts('client.certReload', boolean, 'false', '`true`: changed key and trust stores are read while the server runs.'),
  ...storeOf('ssl.', 'keyStore', 'Key of the server and its certificates, in one file.'),
  ...storeOf('ssl.', 'trustStore', 'Certificates of the authorities that sign those of clients.'),
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

export const QUORUM_TLS_KEYS: readonly KeyRow[] = [
  acts(
    'sslQuorum',
    boolean,
    'false',
    '`true`: servers speak TLS to each other, at the ports for elections and quorums.',
  ),
  acts('portUnification', boolean, 'false', '`true`: a server takes others with and without TLS, to move them over.'),
  acts(
    'sslQuorumReloadCertFiles',
    boolean,
    'false',
    '`true`: changed key and trust stores of `ssl.quorum` are read while the server runs.',
  ),
  ...storeOf('ssl.quorum.', 'keyStore', 'Key of the server towards others, and its certificates, in one file.'),
  ...storeOf('ssl.quorum.', 'trustStore', 'Certificates of the authorities that sign those of servers.'),
  acts(
    'ssl.quorum.protocol',
    nonEmptyText,
    'TLSv1.2 and TLSv1.3',
    'The one protocol, unless `ssl.quorum.enabledProtocols` lists several.',
  ),
  acts('ssl.quorum.enabledProtocols', commaList, undefined, 'TLSv1.2, TLSv1.3 or both; older ones are refused.'),
  acts(
    'ssl.quorum.ciphersuites',
    commaList,
    "ZooKeeper's list",
    "Java's or OpenSSL's names, in the order of preference.",
  ),
  jvm('ssl.quorum.context.supplier.class', anyText),
  acts(
    'ssl.quorum.hostnameVerification',
    boolean,
    'true',
    '`false`: a certificate of any host will do, as long as it is of the authority; also of servers that dial.',
  ),
  acts(
    'ssl.quorum.clientHostnameVerification',
    boolean,
    'true',
    '`false`: a server that dials may show a certificate that does not name its address.',
  ),
  acts(
    'ssl.quorum.allowReverseDnsLookup',
    boolean,
    'false',
    '`true`: a certificate may also name what DNS has for the address.',
  ),
  protects('ssl.quorum.crl', boolean, 'false'),
  protects('ssl.quorum.ocsp', boolean, 'false'),
  acts(
    'ssl.quorum.clientAuth',
    clientAuth,
    'need',
    'Whether a server that dials must show a certificate, may, or is not asked.',
  ),
  acts(
    'ssl.quorum.handshakeDetectionTimeoutMillis',
    integer(1),
    '5000',
    'Ms for the first byte of a connection, which tells TLS from plain.',
  ),
];
