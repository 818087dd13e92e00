// Where networks and disks may be made and broken: namespaces that the kernel takes apart with the process that they were made for, whatever
// ends it. No name in them is seen from outside.

import { spawnSync } from 'node:child_process';
import { SHUTDOWN_WITHOUT_FLUSH } from '../disks/lossy-disk.ts';
import type { Need } from '../scenarios/scenario.ts';

const NAMESPACES = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** What a command line begins with to run in a sandbox. */
export function sandboxCommand(): string[] {
  const isRoot = process.getuid?.() === 0;
  return ['unshare', ...(isRoot ? [] : ['--user', '--map-root-user']), ...NAMESPACES];
}

/** Names of network namespaces are files in /run, which the sandbox does not share. */
export const ENTER = 'mount -t tmpfs tmpfs /run && ip link set lo up';

const NETWORK_PROBE = `${ENTER}
  ip link add bridge type bridge
  ip netns add host
  ip link add port type veth peer name eth0 netns host
  ip -n host rule add preference 10 from 10.77.0.1 blackhole
  nsenter --net=/run/netns/host true`;

const DISKS_PROBE = `${ENTER}
  test "$(id -u)" = 0
  directory=$(mktemp -d)
  trap 'umount -q "$directory/disk" || true; rm -rf "$directory"' EXIT
  mkdir "$directory/disk"
  truncate -s 8M "$directory/image"
  mkfs.ext4 -q -F "$directory/image"
  mount -t ext4 -o loop "$directory/image" "$directory/disk"
  perl -e "$1" "$directory/disk"
  umount "$directory/disk"
  fsck.ext4 -p -f "$directory/image" >&2 || test $? = 1`;

const PROBES: Readonly<Record<Exclude<Need, 'nothing'>, string>> = { network: NETWORK_PROBE, disks: DISKS_PROBE };

/** Why this cannot be had on this machine; undefined when it can: it was tried. */
export function whyNot(need: Need): string | undefined {
  if (need === 'nothing') return undefined;
  if (process.platform !== 'linux') return `needs Linux, and this is ${process.platform}`;
  if (need === 'disks' && process.getuid?.() !== 0) return 'needs root, to mount images';
  const [program, ...args] = [...sandboxCommand(), 'sh', '-e', '-c', PROBES[need], 'sh', SHUTDOWN_WITHOUT_FLUSH];
  const { status, error, stderr } = spawnSync(program as string, args, { encoding: 'utf8' });
  if (status === 0) return undefined;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  return `not allowed or not installed here: ${reason || `the trial ended with ${status}`}`;
}
