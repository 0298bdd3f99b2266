import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { serverEnvironment } from './environment.ts';
import { LocalServerError } from './errors.ts';

export interface ClusterOptions {
  /** Where the data go; absent or empty. Others must be able to reach the folder above it where `account` is set. */
  folder: string;
  user: string;
  password: string;
  account: Account | null;
  binaries: Binaries;
  /** False: does not wait for the disk. */
  isDurable: boolean;
}

/**
 * Makes a PostgreSQL cluster with checksums, UTF-8, and Unicode's rules for letters and code point order, on any
 * machine the same. It appears at once or not at all: one that was interrupted is begun again.
 *
 * @throws {LocalServerError} with what `initdb` wrote.
 */
export async function initCluster(options: ClusterOptions): Promise<void> {
  const { folder, user, password, account, binaries, isDurable } = options;
  const unfinished = `${folder}.${randomBytes(6).toString('hex')}`;
  const secret = await mkdtemp(join(tmpdir(), 'ringback-initdb-'));
  const passwordFile = join(secret, 'password');
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await mkdir(unfinished, { mode: 0o700 });
    if (account !== null) {
      for (const path of [unfinished, secret, passwordFile]) await chown(path, account.uid, account.gid);
    }
    await promisify(execFile)(
      binaries.initdb,
      [
        `--pgdata=${unfinished}`,
        `--username=${user}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(isDurable ? ['--data-checksums'] : ['--no-sync', '--no-instructions']),
      ],
      { env: serverEnvironment(), cwd: '/', ...account },
    );
    await rename(unfinished, folder);
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new LocalServerError(
      `PostgreSQL's data could not be created in ${folder}: ${stderr.trim() || message}`,
      { cause: error },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
    await rm(secret, { recursive: true, force: true });
  }
}
