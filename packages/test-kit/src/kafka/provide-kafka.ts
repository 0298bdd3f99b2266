import type { TestProject } from 'vitest/node';
import { missingTools } from './broker/tools.ts';
import { findKafka } from './find-kafka.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The Kafka of the run; empty where there is none. */
    kafkaBrokers: string;
    /** What to do to have one; empty where there is one, null where no test file of the run needs one. */
    kafkaMissing: string | null;
    /** The same for brokers that a test starts itself. */
    brokerMissing: string | null;
  }
}

/** Gives the tests a Kafka, started once some file of the run needs one. Returns what ends it. */
export async function provideKafka(project: TestProject): Promise<() => Promise<void>> {
  let ended: (() => Promise<void>) | null = null;
  const provideFor = async (files: string[]) => {
    if (ended !== null || !files.some((file) => file.endsWith('.kafka.test.ts'))) return;
    const [kafka, brokerMissing] = await Promise.all([findKafka(process.env), missingTools(process.env)]);
    ended = 'missing' in kafka ? async () => {} : kafka.stop;
    project.provide('kafkaBrokers', 'missing' in kafka ? '' : kafka.brokers);
    project.provide('kafkaMissing', 'missing' in kafka ? kafka.missing : '');
    const install = `install ${brokerMissing}`;
    project.provide('brokerMissing', brokerMissing === '' ? '' : install);
  };
  project.provide('kafkaBrokers', '');
  project.provide('kafkaMissing', null);
  project.provide('brokerMissing', null);
  await provideFor(project.vitest.state.getPaths());
  // In watch mode the files of a later run are not those of the first.
  project.onTestsRerun((specifications) => provideFor(specifications.map(({ moduleId }) => moduleId)));
  return async () => ended?.();
}
