import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BackupRefused, DirectoryInUse } from '../../errors.ts';
import { lockDirectory } from '../directory-lock.ts';
import { backUp, restore } from './backup.ts';
import { withRunningDatabase } from './running-database.ts';

let folder: string;
let data: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringback-backup-'));
  data = join(folder, 'data');
  await mkdir(join(data, 'postgres'), { recursive: true });
  await writeFile(join(data, 'postgres', 'PG_VERSION'), '18\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['A backup', (target: string) => backUp(data, target)],
  ['A restore', (target: string) => restore(data, target)],
])('%s onto a file is refused and keeps the file', async (_name, copy) => {
  const file = join(folder, 'notes.txt');
  await writeFile(file, 'precious');
  await expect(copy(file)).rejects.toThrow(BackupRefused);
  await expect(copy(join(file, 'below'))).rejects.toThrow(BackupRefused);
  expect(await readFile(file, 'utf8')).toBe('precious');
});

it('No server can start on the data while they are copied cold', async () => {
  const started = await withRunningDatabase(data, async (url) => {
    expect(url).toBe(null);
    return await lockDirectory(data).catch((error: unknown) => error);
  });
  expect(started).toBeInstanceOf(DirectoryInUse);
  await (await lockDirectory(data))();
});

it('A backup of data that another process holds is refused while no PostgreSQL runs on them', async () => {
  const release = await lockDirectory(data);
  await expect(backUp(data, join(folder, 'copy'))).rejects.toThrow(/Try again/);
  await release();
  expect(await readdir(folder)).toEqual(['data']);
  expect(await backUp(data, join(folder, 'copy'))).toMatchObject({ online: false });
  expect(await readdir(join(folder, 'copy'))).toEqual(['postgres']);
});

it('A backup takes no other process for the PostgreSQL that postmaster.pid names', async () => {
  await writeFile(join(data, 'postgres', 'postmaster.pid'), `${process.pid}\n${data}\n0\n5432\n`);
  await writeFile(join(data, 'postgres-password'), 'secret');
  expect(await backUp(data, join(folder, 'copy'))).toMatchObject({ online: false });
});
