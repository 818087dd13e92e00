// The keys that say who a client may be, and between servers.

import { acts, jvm, type KeyRow, later } from './key-row.ts';
import { anyText, boolean, commaList, nonEmptyText } from './value-rules.ts';

export const AUTHENTICATION_KEYS: readonly KeyRow[] = [
  acts('DigestAuthenticationProvider.enabled', boolean, 'true', '`false`: the scheme `digest` is not there.'),
  acts(
    'DigestAuthenticationProvider.superDigest',
    anyText,
    undefined,
    '`super:hash`; whoever proves it may do everything.',
    { secret: true },
  ),
  acts(
    'DigestAuthenticationProvider.digestAlg',
    nonEmptyText,
    'SHA1',
    'Hash of the scheme `digest`, as Java names it; the same on every server.',
  ),
  acts(
    'X509AuthenticationProvider.superUser',
    anyText,
    undefined,
    'Subject of the certificate that may do everything.',
  ),
  acts('superUser', anyText, undefined, 'SASL user that may do everything; more as `superUser.N`.'),
  acts('ssl.authProvider', nonEmptyText, 'x509', 'Scheme of what a certificate on the secure port proves.'),
  acts('ensembleAuthName', commaList, undefined, 'Names that a client of the scheme `ensemble` may look for.'),
  acts(
    'java.security.auth.login.config',
    nonEmptyText,
    undefined,
    'Path of the JAAS file with the users of SASL, clients and servers; a property of the JVM in ZooKeeper.',
  ),
  acts('sasl.serverconfig', nonEmptyText, 'Server', 'Section of the JAAS file.'),
  acts(
    'SASLAuthenticationProvider.superPassword',
    anyText,
    undefined,
    'Password of the user `super`, in place of the one in the JAAS file.',
    { secret: true },
  ),
  acts('letAnySaslUserDoX', anyText, undefined, 'Id of an ACL that stands for everyone who came by SASL.'),
  acts(
    'allowSaslFailedClients',
    boolean,
    'false',
    '`true`: a client whose SASL login fails stays, with nothing proven.',
  ),
  acts(
    'sessionRequireClientSASLAuth',
    boolean,
    'false',
    '`true`: only clients that came by SASL are served; stands above `enforce.auth`.',
  ),
  acts('enforce.auth.enabled', boolean, 'false', '`true`: only clients with an identity of `enforce.auth.schemes`.'),
  acts('enforce.auth.schemes', commaList, undefined, 'Schemes of which one will do.'),
  later('IPAuthenticationProvider.usexforwardedfor', boolean, 'false'),
  later('kerberos.removeHostFromPrincipal', boolean, 'false'),
  later('kerberos.removeRealmFromPrincipal', boolean, 'false'),
  later('kerberos.canonicalizeHostNames', boolean, 'false'),
  acts(
    'quorum.auth.enableSasl',
    boolean,
    'false',
    '`true`: servers that dial this one may prove themselves by SASL (SCRAM-SHA-256); the first step.',
  ),
  acts(
    'quorum.auth.learnerRequireSasl',
    boolean,
    'false',
    '`true`: this server proves itself to those that it dials, and talks to none that does not in turn; the second.',
  ),
  acts(
    'quorum.auth.serverRequireSasl',
    boolean,
    'false',
    '`true`: servers that dial this one must prove themselves; the third.',
  ),
  acts(
    'quorum.auth.learner.saslLoginContext',
    nonEmptyText,
    'QuorumLearner',
    'Section of the JAAS file with the user and the password by which this server proves itself.',
  ),
  acts(
    'quorum.auth.server.saslLoginContext',
    nonEmptyText,
    'QuorumServer',
    'Section of the JAAS file with the users and passwords by which others do.',
  ),
  jvm('quorum.auth.kerberos.servicePrincipal', anyText, 'zkquorum/localhost'),
];

/** With a name of the operator's behind the dot. */
export const AUTHENTICATION_FAMILIES: readonly KeyRow[] = [
  acts('superUser.', anyText, undefined, 'SASL user that may do everything.'),
  acts('authProvider.', nonEmptyText, undefined, 'Authentication provider.'),
];
