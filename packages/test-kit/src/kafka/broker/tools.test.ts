import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBroker } from './broker.ts';
import { javaVersion, missingTools } from './tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-tools-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = (name: string, says: string) =>
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${says}' >&2\n`, { mode: 0o755 });
const environment = () => ({ PATH: folder, RINGBACK_CACHE: join(folder, 'cache') });

describe('what a broker needs', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "25" 2025-09-16', 25],
    ['java version "1.8.0_442"', 8],
    ['The operation couldn’t be completed. Unable to locate a Java Runtime.', null],
  ])('reads of %s the feature release', (text, version) => {
    expect(javaVersion(text)).toBe(version);
  });

  it('is Java and Maven', async () => {
    expect(await missingTools(environment())).toBe('Java 17 or later and Maven (mvn)');
    program('java', 'openjdk version "11.0.2" 2019-01-15');
    program('mvn', 'Apache Maven 3.8.7');
    expect(await missingTools(environment())).toBe('Java 17 or later (this one is 11)');
    program('java', 'openjdk version "21.0.7" 2025-04-15');
    expect(await missingTools(environment())).toBe('');
  });

  it('is said before anything is tried', async () => {
    await expect(startBroker({ environment: environment() })).rejects.toThrow(
      'a Kafka broker needs Java 17 or later and Maven (mvn): install it and try again',
    );
  });
});
