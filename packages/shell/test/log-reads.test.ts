// What a leader reads of its log for a learner, while its own disk is busy.

import type { LinkId, QuorumTransport, QuorumTransportHandler } from '@zebu/interfaces';
import type { FlushToken, Peer, PeerEffect, PeerInput } from '@zebu/peer';
import { type Epoch, makeZxid, type ServerId, type TxnBytes, type Zxid } from '@zebu/protocol';
import { openStorage } from '@zebu/txnlog';
import { MemoryFileSystem } from '@zebu/txnlog/memory';
import { describe, expect, it } from 'vitest';
import { createServerShell } from '../src/index.ts';

const quiet = (): void => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const LINK = 7 as LinkId;
const zxid = (counter: number): Zxid => makeZxid(1 as Epoch, counter);

function txn(counter: number): TxnBytes {
  const bytes = new Uint8Array(40);
  new DataView(bytes.buffer).setBigInt64(12, zxid(counter));
  return bytes;
}

const logs = (counter: number): PeerEffect[] => [
  { type: 'logTxns', txns: [txn(counter)] },
  { type: 'flush', token: counter as FlushToken },
];

/** Answers the inputs that the test cares for with effects, and keeps what it was told. */
class ScriptedPeer {
  readonly inputs: PeerInput[] = [];
  readonly #script: Partial<Record<PeerInput['type'], readonly PeerEffect[]>>;

  constructor(script: Partial<Record<PeerInput['type'], readonly PeerEffect[]>>) {
    this.#script = script;
  }

  step(input: PeerInput): PeerEffect[] {
    this.inputs.push(input);
    return [...(this.#script[input.type] ?? [])];
  }

  nextWakeup(): undefined {}

  readonly serving = false;

  /** A stop asks whether there is leadership to hand over. */
  view() {
    return { state: 'FOLLOWING' };
  }

  of<Type extends PeerInput['type']>(type: Type): Extract<PeerInput, { type: Type }>[] {
    return this.inputs.filter((input): input is Extract<PeerInput, { type: Type }> => input.type === type);
  }
}

async function shellWith(peer: ScriptedPeer) {
  const held: (() => void)[] = [];
  let holds = false;
  const fileSystem = new MemoryFileSystem({
    schedule: ({ type }) =>
      holds && type !== 'write' ? new Promise((release) => held.push(release)) : Promise.resolve(),
  });
  const storage = await openStorage({ fileSystem: fileSystem.mount(), dataDir: '/data', logger, options: {} });
  let handler: QuorumTransportHandler | undefined;
  const quorumTransport = {
    start: async (given: QuorumTransportHandler) => void (handler = given),
    drained: () => Promise.resolve(),
    close: () => Promise.resolve(),
  } as unknown as QuorumTransport;
  const shell = createServerShell({
    peer: peer as unknown as Peer,
    storage,
    clientTransport: { start: () => Promise.resolve(), close: () => Promise.resolve() } as never,
    electionTransport: undefined,
    quorumTransport,
    clock: { now: () => 0, wallClock: () => 0, setTimer: () => ({ cancel: quiet }) },
    logger,
    answerFourLetterWord: () => '',
    onFatal: (error) => {
      throw error;
    },
    snapRetainCount: undefined,
    congestionBytes: 1 << 20,
  });
  holds = true;
  await shell.start();
  return {
    shell,
    heldCount: () => held.length,
    release: () => {
      holds = false;
      for (const go of held.splice(0)) go();
    },
    linkUp: () => handler?.onLinkUp(LINK, 2 as ServerId, 'incoming', 'quorum'),
  };
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('the log of a leader whose disk is busy', () => {
  it('is searched and read for a learner only once it has what was proposed before', async () => {
    const peer = new ScriptedPeer({
      start: logs(1),
      linkUp: [
        ...logs(2),
        // A learner is at 1:2: a quorum without this server has committed it.
        { type: 'locate', link: LINK, zxid: zxid(2) },
        { type: 'readLog', link: LINK, after: zxid(1), maxBytes: 1000 },
      ],
    });
    const world = await shellWith(peer);
    await settle();
    expect(world.heldCount()).toBeGreaterThan(0);
    world.linkUp();
    await settle();
    expect(peer.of('located')).toEqual([]);
    expect(peer.of('logRead')).toEqual([]);
    world.release();
    await settle();
    expect(peer.of('located').map(({ position }) => position)).toEqual([{ type: 'found' }]);
    expect(peer.of('logRead').map(({ txns }) => txns.length)).toEqual([1]);
    expect(peer.of('flushed').map(({ token }) => token)).toEqual([1, 2]);
    await world.shell.stop();
  });
});
