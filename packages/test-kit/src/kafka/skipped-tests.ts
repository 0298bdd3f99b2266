/** The part of a test runner's JSON report that is read here. */
export interface TestReport {
  testResults: { assertionResults: { fullName: string; status: string }[] }[];
}

const mark = 'skipped, Kafka is missing: ';

/** What a suite is called whose tests cannot run without a Kafka. */
export function skippedSuiteName(name: string, missing: string): string {
  // One line: the names of tests are printed in lists.
  return `${name} (${mark}${missing.replaceAll(/\s+/g, ' ')})`;
}

/** The full names of the tests that were skipped because there was no Kafka. */
export function testsWithoutKafka(report: TestReport): string[] {
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  return tests
    .filter(({ fullName, status }) => status !== 'passed' && status !== 'failed' && fullName.includes(mark))
    .map(({ fullName }) => fullName);
}
