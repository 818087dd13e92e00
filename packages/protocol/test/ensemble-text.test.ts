import { describe, expect, it } from 'vitest';
import { EnsembleTextError, formatEnsemble, formatServers, parseEnsembleText } from '../src/index.ts';

const MAJORITY = `server.1=127.0.0.1:31281:31381:participant
server.2=zoo2:2888:3888:participant;0.0.0.0:2181
server.3=[2001:db8::3]:2888:3888:observer;[::1]:2181
version=100000003`;

const HIERARCHY = `server.1=a:1:2:participant
server.2=b:1:2:participant
server.3=c:1:2:participant
group.1=1:2
group.2=3
weight.1=1
weight.2=0
weight.3=4
version=0`;

describe('the text of an ensemble', () => {
  it.each([MAJORITY, HIERARCHY])('is read back as it was written (%#)', (text) => {
    expect(formatEnsemble(parseEnsembleText(text))).toBe(text);
  });

  it('may have comments, blank lines and Windows line ends, and no version', () => {
    const ensemble = parseEnsembleText('# joiners\r\n\r\nserver.2 = b:1:2 ; 2181\r\nserver.1=a:1:2\n');
    expect(formatEnsemble(ensemble)).toBe(
      'server.1=a:1:2:participant\nserver.2=b:1:2:participant;0.0.0.0:2181\nversion=0',
    );
  });

  it('goes without the version in a file whose name ends in it', () => {
    expect(formatServers(parseEnsembleText('server.1=a:1:2\nversion=ff'))).toBe('server.1=a:1:2:participant\n');
  });

  it.each([
    ['server.1', 'server.1=: does not belong to an ensemble'],
    ['clientPort=2181', 'clientPort=2181: does not belong to an ensemble'],
    ['server.1=a:1', 'server.1=a:1: is not a server address'],
    ['server.1=a:1:2\nserver.1=b:1:2', 'server.1=b:1:2: server 1 is already on line 1, as a:1:2'],
    ['server.1=a:1:2\ngroup.1=2', 'server.1: is in no group'],
    ['version=x', 'version=x: "x" is not a version'],
  ])('%j is refused', (text, message) => {
    expect(() => parseEnsembleText(text)).toThrow(EnsembleTextError);
    expect(() => parseEnsembleText(text)).toThrow(message);
  });
});
