import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KafkaError } from '../errors.ts';

export const kafkaVersion = '4.3.0';

// The second dependency is what Kafka logs through; without it a broker says nothing, not even why it stops.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ringback</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${kafkaVersion}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>2.25.1</version>
    </dependency>
  </dependencies>
  <build>
    <pluginManagement>
      <plugins>
        <plugin>
          <groupId>org.apache.maven.plugins</groupId>
          <artifactId>maven-dependency-plugin</artifactId>
          <version>3.8.1</version>
        </plugin>
      </plugins>
    </pluginManagement>
  </build>
</project>
`;
const digest = createHash('sha256').update(pom).digest('hex').slice(0, 16);

function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const chosen = environment.RINGBACK_CACHE;
  if (chosen !== undefined && chosen !== '') return chosen;
  return fileURLToPath(new URL('../../../../../node_modules/.cache/ringback-kafka', import.meta.url));
}

const jarFolder = (environment: NodeJS.ProcessEnv) =>
  join(cacheFolder(environment), `kafka-${kafkaVersion}-${digest}`);

/** Whether the jars have been fetched. */
export function isCached(environment: NodeJS.ProcessEnv): boolean {
  return existsSync(jarFolder(environment));
}

/**
 * The folder with Kafka's jars, fetched from Maven Central once (44 MB, a few seconds). It is there only when it is
 * complete, even when several processes fetch at once: each fetches into a folder of its own, and one is first.
 */
export async function fetchJars(environment: NodeJS.ProcessEnv): Promise<string> {
  const target = jarFolder(environment);
  if (existsSync(target)) return target;
  const cache = cacheFolder(environment);
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(join(cache, '.fetching-'));
  try {
    const jars = join(temporary, 'jars');
    await copyDependencies(temporary, jars, environment);
    await rename(jars, target).catch((error: NodeJS.ErrnoException) => {
      const isThere = error.code === 'ENOTEMPTY' || error.code === 'EEXIST';
      if (!isThere) throw error;
    });
    return target;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function copyDependencies(folder: string, jars: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const file = join(folder, 'pom.xml');
  await writeFile(file, pom);
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`, '-DincludeScope=runtime'];
  try {
    await promisify(execFile)('mvn', ['-q', '-B', '-f', file, ...goal], {
      env: environment,
      timeout: 300_000,
    });
  } catch (error) {
    const { stdout = '', message } = error as Error & { stdout?: string };
    const said = stdout.trim().split('\n').slice(0, 5).join('\n') || message;
    throw new KafkaError(
      `Maven could not fetch Kafka ${kafkaVersion}: see that Maven Central or your mirror of it (~/.m2/settings.xml) can be reached.\n${said}`,
      { cause: error },
    );
  }
}
