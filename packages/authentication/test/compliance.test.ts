import { authenticationProviderCompliance } from '@zebu/compliance-tests/authentication';
import {
  createDigestProvider,
  createEnsembleProvider,
  createSaslProvider,
  createX509Provider,
  ipProvider,
} from '../src/index.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

authenticationProviderCompliance('digest', () => ({
  provider: createDigestProvider({ superDigest: 'super:wjySwxg860UATFtciuZ1lpzrCHrPeov6SPu/ZD56uig=' }),
  proofs: [text('ann:open-sesame'), text('bob:open-sesame'), text('super:open-sesame'), text('nobody')],
  validIds: ['ann:hash=', 'ann:other=', 'bob:hash='],
  secrets: ['open-sesame'],
}));

authenticationProviderCompliance('ip', () => ({
  provider: ipProvider,
  proofs: [null, text('ignored')],
  validIds: ['10.0.0.1', '10.0.0.2', '2001:db8:0:0:0:0:0:1'],
  secrets: ['ignored'],
}));

authenticationProviderCompliance('x509', () => ({
  provider: createX509Provider({ superUser: 'CN=root,O=Zebu' }),
  proofs: [null, text('ignored')],
  client: { host: '192.0.2.1', identities: ['ip:192.0.2.1', 'x509:CN=ann,O=Zebu'] },
  validIds: ['CN=ann,O=Zebu', 'CN=bob,O=Zebu', ''],
  secrets: ['ignored'],
}));

authenticationProviderCompliance('sasl', () => ({
  provider: createSaslProvider({ anyUser: 'anyone' }),
  proofs: [],
  validIds: ['ann', 'bob', 'zookeeper/host@EXAMPLE.COM'],
  secrets: [],
}));

authenticationProviderCompliance('ensemble', () => ({
  provider: createEnsembleProvider({ names: new Set(['east', 'west']) }),
  proofs: [null, text('east'), text('west')],
  validIds: [],
  secrets: ['east'],
}));
