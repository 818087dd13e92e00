// A disk that can lose its power: an ext4 file system in an image file. A power loss shuts the file system down without flushing its journal, so that
// what nobody synced is gone; fsck and a mount bring back what is left. What had reached the image stays: this is a disk without a cache of its own.

import { mkdirSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { command } from '../run/command.ts';

const IMAGE_BYTES = 192 * 1024 * 1024;
/** Nothing becomes durable by waiting. */
const MOUNT_OPTIONS = 'loop,commit=600,noatime';
/** No errors, or errors that were corrected: the journal is replayed in any case. */
const FSCK_CONTENT = [0, 1];

export class LossyDisk {
  readonly mountPoint: string;
  readonly #image: string;

  private constructor(image: string, mountPoint: string) {
    this.#image = image;
    this.mountPoint = mountPoint;
  }

  static async create(image: string, mountPoint: string): Promise<LossyDisk> {
    await writeFile(image, '');
    await truncate(image, IMAGE_BYTES);
    await command('mkfs.ext4', ['-q', '-F', '-m', '0', image]);
    mkdirSync(mountPoint, { recursive: true });
    const disk = new LossyDisk(image, mountPoint);
    await disk.mount();
    return disk;
  }

  /** What an operator wrote, such as myid, is not what is put to the test. */
  async sync(): Promise<void> {
    await command('sync', ['-f', this.mountPoint]);
  }

  /** From now on nothing is written any more, and whoever tries fails. */
  async losePower(): Promise<void> {
    await command('perl', ['-e', SHUTDOWN_WITHOUT_FLUSH, this.mountPoint]);
  }

  /** When no process uses it any more. */
  async comeBack(): Promise<void> {
    await this.unmount();
    await command('fsck.ext4', ['-p', '-f', this.#image], { accepted: FSCK_CONTENT });
    await this.mount();
  }

  async mount(): Promise<void> {
    await command('mount', ['-t', 'ext4', '-o', MOUNT_OPTIONS, this.#image, this.mountPoint]);
  }

  async unmount(): Promise<void> {
    await command('umount', [this.mountPoint]);
  }
}

/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, in the one language that every Debian has and that knows ioctl. */
export const SHUTDOWN_WITHOUT_FLUSH = `
  use Fcntl;
  sysopen(my $directory, $ARGV[0], O_RDONLY) or die "$ARGV[0]: $!";
  my $flags = pack('I', 2);
  ioctl($directory, 0x8004587d, $flags) or die "shutdown of $ARGV[0]: $!";
`;
