// A server's core, with what its view says after each step written down.

import type { LinkId, ManagementView } from '@zebu/interfaces';
import type { Peer, PeerEffect, PeerInput } from '@zebu/peer';
import type { ServerId, Zxid } from '@zebu/protocol';
import type { ServerFact } from '../history/event.ts';

/** What cannot move the tree or change the role: they are many. */
const UNEVENTFUL: ReadonlySet<PeerInput['type']> = new Set([
  'restoreBegin',
  'restoreChunk',
  'restoreSnapshotEnd',
  'restoreTxns',
  'clientConnected',
  'clientFrames',
  'clientDrained',
  'clientDisconnected',
  'snapshotProgress',
  'dialled',
]);

export function observedPeer(peer: Peer, record: (fact: ServerFact) => void): Peer {
  const observer = new PeerObserver(peer, record);
  return {
    step: (input, now) => {
      observer.before(input);
      const effects = peer.step(input, now);
      observer.after(input, effects);
      return effects;
    },
    nextWakeup: () => peer.nextWakeup(),
    get serving() {
      return peer.serving;
    },
    view: () => peer.view(),
  };
}

class PeerObserver {
  readonly #peer: Peer;
  readonly #record: (fact: ServerFact) => void;
  #role: Pick<ManagementView, 'state' | 'zabState' | 'leader' | 'epoch' | 'serving'> | undefined;
  #zxid: Zxid | undefined;
  /** The tree is being read back: what it holds meanwhile is no state of the server. */
  #restoring = false;
  readonly #peersOfLinks = new Map<LinkId, ServerId>();

  constructor(peer: Peer, record: (fact: ServerFact) => void) {
    this.#peer = peer;
    this.#record = record;
  }

  before(input: PeerInput): void {
    if (input.type === 'linkUp') this.#peersOfLinks.set(input.link, input.peer);
    if (input.type === 'linkDown') this.#peersOfLinks.delete(input.link);
    if (input.type === 'restoreBegin') this.#restoring = true;
    if (input.type === 'restored') this.#restoring = false;
    if (input.type !== 'restored' && input.type !== 'fenced') return;
    const { lastLoggedZxid, acceptedEpoch, currentEpoch } = input;
    const damaged = input.damaged ? { damaged: true as const } : {};
    this.#record({ type: 'diskState', cause: input.type, lastLoggedZxid, acceptedEpoch, currentEpoch, ...damaged });
  }

  after(input: PeerInput, effects: readonly PeerEffect[]): void {
    if (UNEVENTFUL.has(input.type)) return;
    const view = this.#peer.view();
    // Before the first restore there is no tree to speak of.
    // A leader that is a quorum by itself is established in the step in which its epoch is durable, and applies its tail as such.
    if (this.#role?.zabState === 'DISCOVERY' && view.zabState === 'BROADCAST') this.#observeRole(view);
    const hasMoved = this.#zxid !== undefined && view.lastZxid !== this.#zxid && !this.#restoring;
    if (input.type === 'restored' || hasMoved) this.#observeTree(input, view);
    // What a role leaves applied when it ends was applied in it.
    this.#observeRole(view);
    for (const effect of effects) {
      if (effect.type === 'send' && effect.packets.some(({ type }) => type === 'UPTODATE'))
        this.#observeSync(effect.links, view);
      else if (effect.type === 'closeLink') this.#peersOfLinks.delete(effect.link);
    }
  }

  #observeRole(view: ManagementView): void {
    const { state, zabState, leader, epoch } = view;
    // Who reads where there is no quorum (read-only mode) is told of nothing that Zab promises.
    const serving = view.serving && !view.readOnly;
    const last = this.#role;
    if (
      last?.state === state &&
      last.zabState === zabState &&
      last.leader === leader &&
      last.epoch === epoch &&
      last.serving === serving
    )
      return;
    this.#role = { state, zabState, leader, epoch, serving };
    this.#record({ type: 'role', state, zabState, leader, epoch, serving });
  }

  #observeTree(input: PeerInput, view: ManagementView): void {
    this.#zxid = view.lastZxid;
    const by = input.type === 'restored' ? 'restore' : 'step';
    this.#record({ type: 'applied', zxid: view.lastZxid, digest: view.treeDigest, by });
  }

  #observeSync(links: readonly LinkId[], view: ManagementView): void {
    for (const link of links) {
      const learner = view.learners.find(({ sid }) => sid === this.#peersOfLinks.get(link));
      if (learner?.syncPath !== undefined)
        this.#record({ type: 'synced', learner: learner.sid, path: learner.syncPath });
    }
  }
}
