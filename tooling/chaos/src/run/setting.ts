// What a scenario needs under its servers: hosts on the loopback, on a network of their own, or with disks of their own. And all of it away again.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, LOOPBACK } from '@zebu/ensemble/free-ports';
import type { ServerId } from '@zebu/protocol';
import { LossyDisk } from '../disks/lossy-disk.ts';
import type { Host } from '../ensemble/place.ts';
import { Network } from '../network/network.ts';
import type { Need } from '../scenarios/scenario.ts';

const USUAL_PORTS = { client: 2181, quorum: 2888, election: 3888 };

export class Setting {
  /** Of configurations, logs, images and data. */
  readonly directory = mkdtempSync(join(tmpdir(), 'zebu-chaos-'));
  readonly disks = new Map<ServerId, LossyDisk>();
  #network: Network | undefined;
  #hosts: readonly Host[] = [];

  get hosts(): readonly Host[] {
    return this.#hosts;
  }

  get network(): Network {
    if (this.#network === undefined) throw new Error('this scenario asked for no network');
    return this.#network;
  }

  /** When it fails, `remove` is still to be called. */
  async build(needs: Need, serverCount: number): Promise<void> {
    const ids = Array.from({ length: serverCount }, (_, index) => (index + 1) as ServerId);
    if (needs === 'network') {
      const network = await Network.create(ids);
      this.#network = network;
      this.#hosts = ids.map((id) => ({
        ...this.#directoriesOf(id),
        id,
        address: network.addressOf(id),
        ports: USUAL_PORTS,
        within: network.within(id),
      }));
      return;
    }
    const ports = await freePorts(3 * serverCount);
    this.#hosts = ids.map((id, index) => {
      const [client, quorum, election] = ports.slice(3 * index) as [number, number, number];
      return { ...this.#directoriesOf(id), id, address: LOOPBACK, ports: { client, quorum, election }, within: [] };
    });
    if (needs !== 'disks') return;
    for (const { id, directory, dataDirectory } of this.#hosts) {
      this.disks.set(id, await LossyDisk.create(join(directory, 'disk.img'), dataDirectory));
    }
  }

  /** Networks and mounts in any case; the directory unless it is to be looked at. */
  async remove({ keepDirectory }: { readonly keepDirectory: boolean }): Promise<void> {
    for (const disk of this.disks.values()) await disk.unmount();
    await this.#network?.remove();
    if (!keepDirectory) rmSync(this.directory, { recursive: true });
  }

  #directoriesOf(id: ServerId): { readonly directory: string; readonly dataDirectory: string } {
    const directory = join(this.directory, `server-${id}`);
    const dataDirectory = join(directory, 'data');
    mkdirSync(dataDirectory, { recursive: true });
    return { directory, dataDirectory };
  }
}
