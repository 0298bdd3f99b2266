import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isCached } from './jars.ts';

const lowestJava = 17;

/** The Java that Maven would take too: the one of `JAVA_HOME`, else the one on the path. */
export function javaCommand(environment: NodeJS.ProcessEnv): string {
  const home = environment.JAVA_HOME;
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/** What is to be installed before a broker can start from its jars; empty where all is there. */
export async function missingTools(environment: NodeJS.ProcessEnv): Promise<string> {
  const [javaText, mavenText] = await Promise.all([
    versionText(javaCommand(environment), ['-version'], environment),
    // Jars that were fetched before need no Maven.
    isCached(environment) ? 'cached' : versionText('mvn', ['-version'], environment),
  ]);
  const java = javaText === null ? null : javaVersion(javaText);
  const missing: string[] = [];
  if (java === null) missing.push(`Java ${lowestJava} or later`);
  else if (java < lowestJava) missing.push(`Java ${lowestJava} or later (this one is ${java})`);
  if (mavenText === null) missing.push('Maven (mvn)');
  return missing.join(' and ');
}

/** The feature release in what `java -version` prints; null where it says none. Until 8 it was written 1.8. */
export function javaVersion(text: string): number | null {
  const [, feature] = /version "(?:1\.)?(\d+)/.exec(text) ?? [];
  return feature === undefined ? null : Number(feature);
}

async function versionText(
  command: string,
  args: string[],
  environment: NodeJS.ProcessEnv,
): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, {
      env: environment,
      timeout: 20_000,
    });
    return stdout + stderr;
  } catch {
    return null;
  }
}
