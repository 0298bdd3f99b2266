import { statfs } from 'node:fs/promises';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';

export interface DiskWatch {
  /** Looks at once. */
  look(): Promise<void>;
  stop(): void;
}

const lookMilliseconds = 10_000;
const gigabyte = 2 ** 30;
/** A gigabyte or a tenth of the disk, whichever is less: on a large disk a tenth would be warned of for years. */
const lowShare = 0.1;

/**
 * Watches the disk under the embedded PostgreSQL: its free and its whole size as metrics, and a warning in the log, once,
 * before it is full.
 */
export function watchDiskSpace(folder: string, logger: Logger, registry: Registry): DiskWatch {
  let isLow = false;
  const gauge = (name: string, help: string, read: (space: Space) => number) =>
    new Gauge({
      name: `ringback_data_directory_${name}_bytes`,
      help,
      registers: [registry],
      async collect() {
        this.set(read(await measure(folder)));
      },
    });
  gauge('free', 'Free bytes of the disk with the data of the embedded PostgreSQL', ({ free }) => free);
  gauge('total', 'Bytes of that disk', ({ total }) => total);

  async function look(): Promise<void> {
    const { free, total } = await measure(folder);
    const limit = Math.min(gigabyte, total * lowShare);
    const megabytes = Math.round(free / 2 ** 20);
    if (!isLow && free < limit) {
      isLow = true;
      logger.warn(
        { folder, megabytes },
        'the disk with the data is almost full; when it is, requests are answered with 503',
      );
    } else if (isLow && free > limit * 1.5) {
      isLow = false;
      logger.info({ folder, megabytes }, 'the disk with the data has space again');
    }
  }

  const timer = setInterval(() => void look().catch(() => {}), lookMilliseconds);
  timer.unref();
  void look().catch(() => {});
  return { look, stop: () => clearInterval(timer) };
}

interface Space {
  free: number;
  total: number;
}

async function measure(folder: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, total: blocks * bsize };
}
