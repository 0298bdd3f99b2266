import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

/** The folder that holds everything. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Every document of a YAML file. Throws when one has a fault or a doubled key. */
export function readYamlDocuments<T>(path: string): T[] {
  return parseAllDocuments(readText(path), { merge: true }).map((document) => {
    const [fault] = document.errors;
    if (fault !== undefined) throw new Error(`${path}: ${fault.message}`);
    return document.toJS() as T;
  });
}

/** The only document of a YAML file. */
export function readYaml<T>(path: string): T {
  const [document, another] = readYamlDocuments<T>(path);
  if (document === undefined || another !== undefined) throw new Error(`${path} does not hold one document`);
  return document;
}

/** Whether an image is named with a version of at least two numbers, so that it is the same tomorrow. */
export function isPinned(image: string): boolean {
  return /^[^\s:]+:v?\d+\.\d+[\w.-]*$/.test(image);
}
