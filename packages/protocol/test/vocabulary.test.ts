import type { Ensemble, ServerId, ServerSpecification } from '@zebu/protocol';
import {
  assert,
  CreateMode,
  InvariantError,
  isAddWatchMode,
  isEphemeralMode,
  isSequentialMode,
  isVoter,
  isWatcherType,
  votersOf,
} from '@zebu/protocol';
import { describe, expect, it } from 'vitest';

describe('create modes', () => {
  it('know which are ephemeral and which are sequential', () => {
    const modes = Object.values(CreateMode);
    expect(modes.filter(isEphemeralMode)).toEqual([CreateMode.EPHEMERAL, CreateMode.EPHEMERAL_SEQUENTIAL]);
    expect(modes.filter(isSequentialMode)).toEqual([
      CreateMode.PERSISTENT_SEQUENTIAL,
      CreateMode.EPHEMERAL_SEQUENTIAL,
      CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL,
    ]);
  });
});

describe('watches', () => {
  it('are of a type and a mode that ZooKeeper 3.9 knows', () => {
    const codes = [-1, 0, 1, 2, 3, 4, 5, 6];
    expect(codes.filter(isWatcherType)).toEqual([1, 2, 3, 4, 5]);
    expect(codes.filter(isAddWatchMode)).toEqual([0, 1]);
  });
});

describe('an ensemble', () => {
  const address = { host: '127.0.0.1', port: 1 };
  const server = (id: number, role: ServerSpecification['role']): [ServerId, ServerSpecification] => [
    id as ServerId,
    { id: id as ServerId, role, quorumAddress: address, electionAddress: address },
  ];
  const ensemble: Ensemble = {
    version: 0n,
    servers: new Map([server(1, 'participant'), server(2, 'observer'), server(3, 'participant')]),
  };

  it('lets participants vote, and neither observers nor strangers', () => {
    expect(votersOf(ensemble)).toEqual([1, 3]);
    expect([1, 2, 3, 4].map((id) => isVoter(ensemble, id as ServerId))).toEqual([true, false, true, false]);
  });
});

describe('assert', () => {
  it('passes what holds and ends what does not', () => {
    expect(() => assert(true, 'fine')).not.toThrow();
    expect(() => assert(false, 'acked <= proposed')).toThrow(new InvariantError('acked <= proposed'));
  });
});
