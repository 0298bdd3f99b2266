import { readdirSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { root } from './repository.ts';

interface Pattern {
  glob: string;
  included: boolean;
}

/** The lines of a `.dockerignore`. */
export function parseIgnored(text: string): Pattern[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ glob: line.replace(/^!/, ''), included: line.startsWith('!') }));
}

/** Whether a file is in the build's context. The last line that matches it, or a folder above it, decides. */
export function isInContext(path: string, patterns: Pattern[]): boolean {
  const parts = path.split('/');
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const last = patterns.findLast(({ glob }) => paths.some((each) => matchesGlob(each, glob)));
  return last?.included ?? true;
}

/** The files below a path of the repository that are in the build's context; installed packages are not looked at. */
export function contextFiles(path: string, patterns: Pattern[]): string[] {
  return filesBelow(path).filter((file) => isInContext(file, patterns));
}

function filesBelow(path: string): string[] {
  const entries = readdirSync(join(root, path), { withFileTypes: true });
  return entries
    .filter(({ name }) => name !== 'node_modules')
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(`${path}/${entry.name}`) : [`${path}/${entry.name}`],
    );
}
