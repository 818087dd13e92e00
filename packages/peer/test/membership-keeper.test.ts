import { JuteWriter } from '@zebu/jute';
import {
  formatEnsemble,
  type Notification,
  OpCode,
  parseEnsembleText,
  type ServerId,
  type TxnBytes,
  type Zxid,
} from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import type { PeerEffect } from '../src/messages.ts';
import { MembershipKeeper } from '../src/membership-keeper.ts';
import { linesOf } from './harness/ensemble.ts';

const SELF = 1 as ServerId;
const version = (number: bigint, ids: readonly number[]) =>
  parseEnsembleText(`${linesOf(ids).join('\n')}\nversion=${number.toString(16)}`);
const first = version(0n, [1, 2, 3]);
const second = version(0x100000005n, [1, 2, 4]);
const third = version(0x200000003n, [1, 4, 5]);

function txnOf(type: number, zxid: bigint, text: string): TxnBytes {
  const writer = new JuteWriter();
  writer.writeLong(1n);
  writer.writeInt(1);
  writer.writeLong(zxid);
  writer.writeLong(0n);
  writer.writeInt(type);
  writer.writeString('/zookeeper/config');
  writer.writeString(text);
  writer.writeInt(-1);
  return writer.take();
}

const reconfigOf = (ensemble: typeof first): TxnBytes =>
  txnOf(OpCode.RECONFIG, ensemble.version, formatEnsemble(ensemble));

class Setup {
  readonly effects: PeerEffect[] = [];
  readonly errors: string[] = [];
  changes = 0;
  readonly keeper: MembershipKeeper;

  constructor(configured = first, reconfigEnabled = true) {
    const ignore = (): void => undefined;
    this.keeper = new MembershipKeeper(
      {
        self: SELF,
        configured,
        reconfigEnabled,
        oracle: false,
        logger: { debug: ignore, info: ignore, warn: ignore, error: (message) => this.errors.push(message) },
        emit: (effect) => this.effects.push(effect),
      },
      () => this.changes++,
    );
  }

  restore(snapshot: typeof first | undefined, txns: readonly TxnBytes[], lastLogged: bigint): this {
    this.keeper.beginRestore();
    if (snapshot !== undefined) this.keeper.onRestoredSnapshot({ ok: true, ensemble: snapshot });
    this.keeper.onRestoredTxns(txns);
    this.keeper.endRestore(lastLogged as Zxid);
    return this;
  }

  get versions(): unknown[] {
    const { inForce, pending } = this.keeper.current;
    return [inForce.version, pending?.version];
  }

  written(): bigint[] {
    return this.effects.flatMap((effect) => (effect.type === 'writeConfiguration' ? [effect.ensemble.version] : []));
  }
}

describe('what a server takes for its configuration when it starts', () => {
  it('does not go back behind what another server said while the tree was read', () => {
    const setup = new Setup();
    setup.keeper.beginRestore();
    setup.keeper.onInForce(formatEnsemble(second));
    setup.keeper.endRestore(0x100000004n as Zxid);
    expect(setup.versions).toEqual([second.version, undefined]);
    expect(setup.written()).toEqual([second.version]);
  });

  it('knows what the log proposes, also when another server said meanwhile what is in force', () => {
    const setup = new Setup();
    setup.keeper.beginRestore();
    setup.keeper.onRestoredTxns([reconfigOf(third)]);
    setup.keeper.onInForce(formatEnsemble(second));
    setup.keeper.endRestore(third.version as Zxid);
    expect(setup.versions).toEqual([second.version, third.version]);
  });

  it('is its file, as long as tree and log know nothing newer', () => {
    expect(new Setup(second).restore(first, [], 0x100000009n).versions).toEqual([second.version, undefined]);
  });

  it('is both, when the log ends with the epoch in which a newer one was proposed', () => {
    expect(new Setup().restore(undefined, [reconfigOf(second)], 0x100000009n).versions).toEqual([0n, second.version]);
    expect(new Setup().restore(second, [], 0x100000009n).versions).toEqual([0n, second.version]);
  });

  it('is the newer one, when a txn of a later epoch follows it: that proves that it is committed', () => {
    const setup = new Setup().restore(undefined, [reconfigOf(second)], 0x200000001n);
    expect(setup.versions).toEqual([second.version, undefined]);
    expect(setup.written()).toEqual([second.version]);
  });

  it('is the last two of the log, when it holds several: the one before was committed before the next was proposed', () => {
    const setup = new Setup().restore(first, [reconfigOf(second), reconfigOf(third)], 0x200000004n);
    expect(setup.versions).toEqual([second.version, third.version]);
  });

  it('never goes back behind what is known to be in force', () => {
    const setup = new Setup().restore(undefined, [reconfigOf(second)], 0x200000001n);
    expect(setup.restore(undefined, [], 0x100000001n).versions).toEqual([second.version, undefined]);
  });

  it('is its file alone where ensembles do not change', () => {
    expect(new Setup(first, false).restore(second, [reconfigOf(third)], 0x300000001n).versions).toEqual([
      0n,
      undefined,
    ]);
  });
});

describe('what a server learns while it runs', () => {
  it('counts as proposed when it is logged, as in force when it is delivered, and not at all when it is cut off', () => {
    const setup = new Setup();
    const txns = [txnOf(OpCode.SET_DATA, 0x100000004n, 'x'), reconfigOf(second)];
    expect(setup.keeper.onLogged(txns)).toEqual(second);
    expect(setup.versions).toEqual([0n, second.version]);
    setup.keeper.onTruncated(0x100000004n as Zxid);
    expect(setup.versions).toEqual([0n, undefined]);
    setup.keeper.onLogged(txns);
    setup.keeper.onDelivered(txns.slice(0, 1));
    expect(setup.written()).toEqual([]);
    setup.keeper.onDelivered(txns.slice(1));
    expect(setup.versions).toEqual([second.version, undefined]);
    expect(setup.written()).toEqual([second.version]);
  });

  it('is told to the transports before it is in force, so that those who join are reached', () => {
    const setup = new Setup();
    setup.keeper.onLogged([reconfigOf(second)]);
    const effect = setup.effects.at(-1);
    expect(effect?.type === 'reconfigure' ? [...effect.ensemble.servers.keys()] : []).toEqual([1, 2, 3, 4]);
  });

  it('says nothing when it is no news, or cannot be read', () => {
    const setup = new Setup(second);
    setup.keeper.onInForce(formatEnsemble(second));
    setup.keeper.onInForce(formatEnsemble(first));
    expect(setup.effects).toEqual([]);
    setup.keeper.onInForce('server.1=nonsense');
    setup.keeper.onLogged([txnOf(OpCode.RECONFIG, 0x300000001n, 'server.1=nonsense')]);
    expect([setup.errors.length, setup.changes]).toEqual([2, 0]);
  });

  it('is passed on to who knows only an older one, or was not heard of', () => {
    const setup = new Setup(second);
    const said = (configVersion: bigint): Notification => ({
      state: 'LOOKING',
      vote: { leader: SELF, zxid: 1n as Zxid, peerEpoch: 1 as never },
      electionEpoch: 1n,
      configVersion,
    });
    setup.keeper.onNotification(2 as ServerId, said(0n));
    setup.keeper.onNotification(3 as ServerId, said(second.version));
    const told = [2, 3, 4].map((id) => setup.keeper.inform(id as ServerId, said(second.version)).configuration);
    expect(told).toEqual([formatEnsemble(second), undefined, formatEnsemble(second)]);
    for (let id = 10; id < 300; id++) setup.keeper.onNotification(id as ServerId, said(second.version));
    expect(setup.keeper.inform(3 as ServerId, said(second.version)).configuration).toBeDefined();
  });
});
