// A chroot: the client's "/" is a znode further down. Paths cross here both ways.

import { pathProblem } from '@zebu/protocol';
import { ZooKeeperError } from './errors.ts';

export interface Chroot {
  /** The server's path for the client's; throws ZooKeeperError BADARGUMENTS for a bad path. */
  toServer(path: string, options?: { readonly sequential: boolean }): string;
  toClient(path: string): string;
}

export function makeChroot(chroot: string): Chroot {
  return {
    toServer(path, options) {
      const problem = pathProblem(path, options);
      if (problem !== undefined) {
        throw new ZooKeeperError('BADARGUMENTS', `bad path ${JSON.stringify(path)}: ${problem}`, { path });
      }
      if (chroot === '') return path;
      // A sequential name below the chroot itself keeps its slash: "/" + suffix.
      return path === '/' && options?.sequential !== true ? chroot : chroot + path;
    },
    toClient(path) {
      if (chroot === '') return path;
      if (path === chroot) return '/';
      return path.startsWith(`${chroot}/`) ? path.slice(chroot.length) : path;
    },
  };
}
