import { formatEnsemble } from '@zebu/protocol';
import { expect, it } from 'vitest';
import { parseEnsemble, parseProperties } from '../src/index.ts';

const TEXT = `server.1=127.0.0.1:31281:31381:participant
server.2=zoo2:2888:3888:participant;0.0.0.0:2181
server.3=[2001:db8::3]:2888:3888:observer;[::1]:2181
server.4=10.0.0.4:2888:3888|[2001:db8::4]:2889:3889:participant;0.0.0.0:2181
version=100000003`;

it('an ensemble is written as ZooKeeper writes it, and read back', () => {
  const lines = parseProperties(TEXT).filter(({ key }) => key !== 'version');
  const { ensemble } = parseEnsemble(lines, undefined, 0x100000003n);
  expect(formatEnsemble(ensemble)).toBe(TEXT);
});
