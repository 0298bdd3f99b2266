import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = new URL('../../', import.meta.url);

/** The blocks of a language on a page of the documentation, in order. `path`: from the root of the repository. */
export function blocksOf(path: string, language: string): string[] {
  const text = readFileSync(new URL(path, root), 'utf8');
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, name, block]) =>
    name === language ? [block ?? ''] : [],
  );
}

/** A reader's copy of a program on a page, running. */
export interface RunningSnippet {
  /** The lines that it printed, faults too. */
  lines(): string[];
  stop(): Promise<void>;
}

/** Runs a TypeScript block as a reader would: in a folder of its own, with the packages that it imports installed. */
export function runSnippet(source: string, environment: { [name: string]: string }): RunningSnippet {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-page-'));
  const { resolve } = createRequire(import.meta.url);
  mkdirSync(join(folder, 'node_modules'));
  for (const [, name = ''] of source.matchAll(/ from '([a-z-]+)'/g))
    symlinkSync(dirname(resolve(`${name}/package.json`)), join(folder, 'node_modules', name));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'main.ts'), source);
  const child: ChildProcess = spawn(process.execPath, [join(folder, 'main.ts')], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  return {
    lines: () => output.split('\n').filter((line) => line !== ''),
    async stop() {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
