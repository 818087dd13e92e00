import { describe, expect, it } from 'vitest';
import { type ConfigError, parseEnsemble, parseProperties } from '../src/index.ts';

const parse = (text: string) => parseEnsemble(parseProperties(text, 'zoo.cfg'), 'zoo.cfg', 0n);
const server = (text: string) => [...parse(text).ensemble.servers.values()][0];

function errorOf(text: string): ConfigError {
  try {
    parse(text);
  } catch (error) {
    return error as ConfigError;
  }
  throw new Error(`"${text}" was taken`);
}

describe('server.N lines', () => {
  it('have a quorum and an election port', () => {
    expect(server('server.1=zoo1:2888:3888')).toEqual({
      id: 1,
      role: 'participant',
      quorumAddress: { host: 'zoo1', port: 2888 },
      electionAddress: { host: 'zoo1', port: 3888 },
    });
  });

  it.each([
    ['server.1=h:1:2:observer', 'observer'],
    ['server.1=h:1:2:OBSERVER', 'observer'],
    ['server.1=h:1:2:Participant', 'participant'],
  ])('%s has the role %s', (text, role) => {
    expect(server(text)?.role).toBe(role);
  });

  it.each([
    ['server.1=h:1:2;2181', '0.0.0.0', 2181],
    ['server.1=h:1:2:observer;2181', '0.0.0.0', 2181],
    ['server.1=h:1:2;10.0.0.1:2181', '10.0.0.1', 2181],
    ['server.1=h:1:2;[::1]:2181', '::1', 2181],
    ['server.1 = h:1:2 ; h:2181', 'h', 2181],
  ])('%s serves clients on %s:%i', (text, host, port) => {
    expect(server(text)?.clientAddress).toEqual({ host, port });
  });

  it('take IPv6 addresses in brackets', () => {
    expect(server('server.1=[2001:db8::1]:2888:3888:participant')).toMatchObject({
      quorumAddress: { host: '2001:db8::1', port: 2888 },
      electionAddress: { host: '2001:db8::1', port: 3888 },
    });
  });

  it('may list several addresses, with one role', () => {
    for (const line of [
      'server.1=net1:2888:3888:observer|net2:2889:3889;2181',
      'server.1=net1:2888:3888 | net2:2889:3889:observer;2181',
      'server.1=net1:2888:3888:observer|net2:2889:3889:Observer;2181',
    ]) {
      expect(server(line)).toEqual({
        id: 1,
        role: 'observer',
        quorumAddress: { host: 'net1', port: 2888 },
        electionAddress: { host: 'net1', port: 3888 },
        otherAddresses: [
          { quorumAddress: { host: 'net2', port: 2889 }, electionAddress: { host: 'net2', port: 3889 } },
        ],
        clientAddress: { host: '0.0.0.0', port: 2181 },
      });
    }
  });

  it.each([
    ['server.1=a:1:2:observer|b:1:2:participant', 'has one role at one address and another at the next'],
    ['server.1=a:1:2|b:1', 'is not a server address'],
    ['server.1=a:1:2|', 'is not a server address'],
    ['server.1=a:1:2|b:3:3', 'has the same quorum and election port'],
    ['server.1=a:1:2|a:1:2', 'the address a:1 is that of server.1 too'],
    ['server.1=a:1:2|b:1:2\nserver.2=c:1:2|b:1:5', 'the address b:1 is that of server.1 too'],
  ])('%j: %s', (text, problem) => {
    expect(errorOf(text).message).toContain(problem);
  });

  it('ignore a secure client port, and say so', () => {
    const { ensemble, warnings } = parse('server.1=h:1:2;;2281');
    expect([...ensemble.servers.values()][0]?.clientAddress).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('secure client port')]);
  });

  it('warn of ids that session ids cannot tell apart', () => {
    expect(parse('server.257=h:1:2').warnings).toEqual([expect.stringContaining('servers 257 and 1')]);
  });

  it('are sorted by id whatever their order in the file', () => {
    expect([...parse('server.10=a:1:2\nserver.2=b:1:2').ensemble.servers.keys()]).toEqual([2, 10]);
  });

  it.each([
    ['server.x=h:1:2', '"x" is not a server id'],
    ['server.-1=h:1:2', '"-1" is not a server id'],
    ['server.=h:1:2', '"" is not a server id'],
    ['server.1=', 'is not a server address'],
    ['server.1=h', 'is not a server address'],
    ['server.1=h:2888', 'is not a server address'],
    ['server.1=:2888:3888', 'is not a server address'],
    ['server.1=h:1:2:observer:x', 'is not a server address'],
    ['server.1=::1:2888:3888', 'is not a server address'],
    ['server.1=h:0:2', '"0" is not a port for the quorum address'],
    ['server.1=h:65536:2', '"65536" is not a port for the quorum address'],
    ['server.1=h:1:x', '"x" is not a port for the election address'],
    ['server.1=h:2888:2888', 'has the same quorum and election port'],
    ['server.1=h:1:2:leader', '"leader" is not a role'],
    ['server.1=h:1:2;x', '"x" is not a port for the client address'],
    ['server.1=h:1:2;a:b:3', '"a:b:3" is not a client address'],
    ['server.1=h:1:2;3;4;5', 'has more than three parts between semicolons'],
    ['server.1=[::1:2888:3888', 'has a [ without a ]'],
    ['server.1=[::1]2888:3888', 'has no colon after the ]'],
  ])('%s: %s', (text, problem) => {
    const error = errorOf(`# comment\n${text}`);
    expect(error).toMatchObject({ name: 'ConfigError', code: 'CONFIG_INVALID', file: 'zoo.cfg', line: 2 });
    expect(error.problem).toContain(problem);
    expect(error.remedy).not.toBe('');
  });

  it('refuse two servers with one id, also when it is spelled in two ways', () => {
    const error = errorOf('server.1=a:1:2\nserver.01=b:1:2');
    expect(error).toMatchObject({ line: 2, key: 'server.01' });
    expect(error.problem).toBe('server 1 is already on line 1, as a:1:2');
  });

  it('may repeat a server word by word', () => {
    expect(parse('server.1=a:1:2\nserver.1=a:1:2').ensemble.servers.size).toBe(1);
  });

  it('refuse two servers with one address', () => {
    expect(errorOf('server.1=a:1:2\nserver.2=a:2:3').problem).toBe('the address a:2 is that of server.1 too');
  });
});

describe('group and weight lines', () => {
  const servers = 'server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2:observer\n';

  it('make a hierarchy, with weight 1 where none is given', () => {
    const { hierarchy } = parse(`${servers}group.1=1\ngroup.2=2\nweight.2=5`).ensemble;
    expect([...(hierarchy?.groups ?? [])]).toEqual([
      [1, [1]],
      [2, [2]],
    ]);
    expect([...(hierarchy?.weights ?? [])].sort(([a], [b]) => a - b)).toEqual([
      [1, 1],
      [2, 5],
    ]);
  });

  it('are absent without such lines', () => {
    expect(parse(servers).ensemble.hierarchy).toBeUndefined();
  });

  it.each([
    ['group.1=1:2\ngroup.2=2', 'server 2 is in more than one group'],
    ['group.1=1', 'is in no group, while groups are in use'],
    ['weight.1=2', 'is in no group, while groups are in use'],
    ['group.1=1:x', '"x" is not a whole number'],
    ['group.1=1:2\nweight.1=heavy', '"heavy" is not a whole number'],
    ['group.one=1:2', '"one" is not a whole number'],
  ])('%j: %s', (text, problem) => {
    expect(errorOf(servers + text).problem).toBe(problem);
  });
});
