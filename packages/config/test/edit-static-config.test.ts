import { describe, expect, it } from 'vitest';
import { editStaticConfig } from '../src/edit-static-config.ts';

const EDIT = { dynamicConfigFile: '/conf/zoo.cfg.dynamic.100000001', erasesClientPort: false };
const edit = (text: string, more = {}): string => editStaticConfig(text, { ...EDIT, ...more });
const POINTER = 'dynamicConfigFile=/conf/zoo.cfg.dynamic.100000001\n';

describe('editStaticConfig', () => {
  it('takes the lines of the ensemble out, and points to the file that has them now', () => {
    const text = 'tickTime=2000\nserver.1=a:1:2\nserver.2=b:1:2\ngroup.1=1:2\nweight.1=3\ninitLimit=5\n';
    expect(edit(text)).toBe(`tickTime=2000\ninitLimit=5\n${POINTER}`);
  });

  it('replaces a pointer to another file', () => {
    expect(edit('dynamicConfigFile=/conf/zoo.cfg.dynamic.1\nsyncLimit=2\n')).toBe(`syncLimit=2\n${POINTER}`);
  });

  it('takes peerType out, which the server line says', () => {
    expect(edit('peerType=observer\n')).toBe(POINTER);
  });

  it('takes the client port out only where the server line has one now', () => {
    const text = 'clientPort=2181\nclientPortAddress=h\nclientPortListenBacklog=9\nsecureClientPort=2281\n';
    expect(edit(text)).toBe(text + POINTER);
    expect(edit(text, { erasesClientPort: true })).toBe(`clientPortListenBacklog=9\nsecureClientPort=2281\n${POINTER}`);
  });

  it('leaves comments, blank lines, spaces, escapes, line ends and foreign bytes as they are', () => {
    const text = '# servers: server.1\r\n\r\n  a = b \\\r\n   c\r\n\tserver.1 : x:1:2\r\n! \xe9\xff\r\nk=\\u00e9';
    expect(edit(text)).toBe(`# servers: server.1\r\n\r\n  a = b \\\r\n   c\r\n! \xe9\xff\r\nk=\\u00e9\n${POINTER}`);
  });

  it('takes an assignment out with the lines that continue it', () => {
    expect(edit('server.1=a:\\\n  1:\\\n  2\nb=c\nserver.2=a:\\\n')).toBe(`b=c\n${POINTER}`);
  });

  it('knows keys by what they mean, however they are written', () => {
    expect(edit('s\\u0065rver.1=a:1:2\nserverX=1\n')).toBe(`serverX=1\n${POINTER}`);
  });

  it('writes a path so that both readers understand it', () => {
    expect(edit('', { dynamicConfigFile: 'C:\\é\\zoo' })).toBe('dynamicConfigFile=C:\\\\\\u00e9\\\\zoo\n');
  });

  it('changes nothing the second time', () => {
    const once = edit('a=b\nserver.1=a:1:2\n');
    expect(edit(once)).toBe(once);
  });
});
