// Renders docs/configuration.md from the table of keys, so that the two cannot drift apart.

import { KEY_TABLE, type KeyEffect, type KeyRow } from '../src/index.ts';

export function renderConfigurationDoc(): string {
  return `# Configuration

<!-- Written by packages/config/test/configuration-doc.test.ts: change packages/config/src/key-table.ts or the test, then run
     npx vitest run --project config -u -->

A server is configured by a \`zoo.cfg\` in Java's properties syntax, read as ZooKeeper reads it, and by \`myid\` in its data directory.
Every key of ZooKeeper 3.9 is taken; a value that is none of the key's ends the start with exit code 2 and a message that names the
file, the line, the key, the value and what to write instead.

    node apps/server/dist/main.js path/to/zoo.cfg                            # a peer if servers are listed, else standalone
    node apps/server/dist/main.js 2181 path/to/data [tickTime [maxClientCnxns]]  # standalone on every address
    node apps/server/dist/main.js                                            # standalone on 127.0.0.1:2181, data in ./zebu-data

## Servers

    server.N=host:quorumPort:electionPort[:participant|:observer][;[clientAddress:]clientPort]

\`N\` is the number in that server's \`myid\`, from 1 to 255. IPv6 addresses stand in brackets.
With \`multiAddress.enabled=true\` a server may have several addresses, \`host:quorumPort:electionPort|host:quorumPort:electionPort\`, on networks of their own: it listens at all, and
whoever dials it takes the first that answers.
With \`group.N=id:id\` and \`weight.id=number\` a quorum is more than half the weight in each of more than half of the groups.
These lines may stand in a file of their own, named by \`dynamicConfigFile\`; its version is the end of its name, in hex.

With \`reconfigEnabled=true\` the ensemble may be changed while it runs ([operations](operations.md)). Each server then writes \`zoo.cfg.dynamic.VERSION\`
beside its \`zoo.cfg\`, and edits \`zoo.cfg\`: the lines of the ensemble and \`peerType\` go, \`clientPort\` and \`clientPortAddress\` too if its server line has a
client address now, and \`dynamicConfigFile\` names the new file. \`zoo.cfg.bak\` is what \`zoo.cfg\` was when it still had server lines. So the directory of
\`zoo.cfg\` must be one that the server may write to; where it is not, a warning says so, and changes are kept in the log alone.

## Keys that act

${table(
  ['key', 'default', 'value', 'what it does'],
  rowsWith('acts').map((row) => [code(row.key), row.default ?? 'none', row.rule.expects, row.description ?? '']),
)}

Defaults that differ from ZooKeeper's: the purge is on (\`autopurge.purgeInterval=0\` turns it off). \`jute.maxbuffer\` and \`readonlymode.enabled\` act in
\`zoo.cfg\`, where ZooKeeper takes them as Java properties only; the container image makes lines of \`-Djute.maxbuffer=…\` and \`-Dreadonlymode.enabled=…\` in \`JVMFLAGS\`. \`forceSync\`, \`leaderServes\` and \`skipACL\` take \`true\` and \`false\` beside \`yes\` and \`no\`, and
nothing else: ZooKeeper takes every word but \`yes\` for no.

## How a leader is elected

By Fast Leader Election (\`electionAlg=3\`), unless \`electionModule\` names another module, on every server the same one: servers of different modules refuse
each other on the election port, and say so. An election is advice, whoever gives it: discovery decides, so a bad module costs time, never data ([write your own](write-your-own-election.md)).

    electionModule=@acme/election        # a package: of the node_modules beside zoo.cfg, of the working directory, or of the server, in that order
    electionModule=./election.js         # or the path of a module, relative to the directory of zoo.cfg
    electionModule.X=text                # its options, which it checks itself

A module that cannot be loaded, is none, is written for another version of the port, or refuses its options ends the start with exit code 2. One that fails
later ends the process with exit code 1. \`fle\` is one too: \`electionModule=@zebu/fle\` with \`electionModule.finalizeWait\`, \`.minNotificationInterval\` and
\`.maxNotificationInterval\`; without \`electionModule\` the last two come from \`fastleader.*\`.

## Who a client is

The schemes \`digest\` and \`ip\` are always there, and \`x509\` with a secure port. \`authProvider.N\` adds others, \`N\` being any name:

| \`authProvider.N\` | |
| --- | --- |
| \`org.apache.zookeeper.server.auth.SASLAuthenticationProvider\` | the scheme \`sasl\` in ACLs; who logs in comes from \`java.security.auth.login.config\` |
| \`…X509AuthenticationProvider\`, \`…DigestAuthenticationProvider\`, \`…IPAuthenticationProvider\` | those of this server |
| \`…EnsembleAuthenticationProvider\` | the scheme \`ensemble\` |
| \`/path\`, \`./path\` or \`../path\` | a module; see the README of \`@zebu/authentication\` |
| any other Java class | left out with a warning: nobody proves an identity of its scheme, and ACLs that name it permit nobody |

SASL is DIGEST-MD5. \`java.security.auth.login.config\` and \`sasl.serverconfig\` stand in \`zoo.cfg\` here, since there is no JVM to give properties to:

    java.security.auth.login.config=/etc/zookeeper/jaas.conf
    authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider

    Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_ann="her password" user_bob="his"; };

\`superUser.N\` adds to \`superUser\`. \`IPAuthenticationProvider.usexforwardedfor\` is about HTTP requests to the admin server alone.
All servers of an ensemble need the same keys of this section: the leader decides for the clients of all.

## TLS between servers

    sslQuorum=true
    ssl.quorum.keyStore.location=/etc/zookeeper/server.p12
    ssl.quorum.keyStore.passwordPath=/etc/zookeeper/password
    ssl.quorum.trustStore.location=/etc/zookeeper/authorities.pem

The certificate of a server must name its host as the server lists have it, or its address; since servers dial each other, also for
\`ssl.quorum.clientHostnameVerification\`, which asks by address. [Operations](operations.md) has the order in which a running ensemble is moved to TLS and back.

## SASL between servers

    java.security.auth.login.config=/etc/zookeeper/jaas.conf
    quorum.auth.enableSasl=true
    quorum.auth.learnerRequireSasl=true
    quorum.auth.serverRequireSasl=true

    QuorumServer { org.apache.zookeeper.server.auth.DigestLoginModule required user_zebu="the servers' password"; };
    QuorumLearner { org.apache.zookeeper.server.auth.DigestLoginModule required username="zebu" password="the servers' password"; };

The mechanism is SCRAM-SHA-256, whatever the name of the module says. A file for servers alone needs no section \`Server\`. [Operations](operations.md) has the order in
which a running ensemble is moved to it.

## Keys that are refused when they are turned on

They ask for protection that this release does not give; a server that ran on without it would look protected and not be.

${list(rowsWith('protects'))}

## Keys that are read and checked, and do nothing yet

A value other than the default is mentioned once at start.

${list(rowsWith('later'))}

## Keys that only mean something to a JVM

Read, checked, ignored, and mentioned once at start.

${list(rowsWith('jvm'))}

Any other key is kept as a property, does nothing, and is mentioned once at start.
`;
}

const rowsWith = (effect: KeyEffect): readonly KeyRow[] => KEY_TABLE.filter((row) => row.effect === effect);

const code = (text: string): string => `\`${text}\``;

const list = (rows: readonly KeyRow[]): string =>
  `${rows.map((row) => [row.key, ...(row.aliases ?? [])].map(code).join(' = ')).join(', ')}.`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
