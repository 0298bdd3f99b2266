import { expect, it } from 'vitest';
import { skippedSuiteName, testsWithoutKafka } from './skipped-tests.ts';

const report = (assertionResults: { fullName: string; status: string }[]) => ({
  testResults: [{ assertionResults }],
});

it('finds the tests that were skipped for lack of a Kafka, and no others', () => {
  const suite = skippedSuiteName('the relay', 'install Maven (mvn)');
  const tests = report([
    { fullName: `${suite} keeps the order`, status: 'skipped' },
    { fullName: `${suite} goes on after a fall`, status: 'pending' },
    { fullName: 'another is skipped', status: 'skipped' },
    { fullName: 'the relay runs', status: 'passed' },
  ]);
  expect(testsWithoutKafka(tests)).toEqual([
    'the relay (skipped, Kafka is missing: install Maven (mvn)) keeps the order',
    'the relay (skipped, Kafka is missing: install Maven (mvn)) goes on after a fall',
  ]);
});

it('names a suite in one line', () => {
  expect(skippedSuiteName('the relay', 'it said:\n  no network')).not.toContain('\n');
});
