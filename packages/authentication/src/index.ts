export { createDigestProvider, type DigestOptions, UnknownDigestAlgorithmError } from './digest.ts';
export { ipProvider } from './ip.ts';
