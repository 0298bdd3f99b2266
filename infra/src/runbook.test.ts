import { expect, it } from 'vitest';
import { readText, readYaml } from './testing/repository.ts';

interface Rules {
  groups: {
    rules: { alert?: string; labels: { severity: string }; annotations: { description: string } }[];
  }[];
}

it('The runbook says of each alert how urgent it is and what to do, in the words of the alert.', () => {
  const { groups } = readYaml<Rules>('infra/prometheus/alerts.yml');
  const rows = groups
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert !== undefined)
    .map(
      ({ alert, labels, annotations }) =>
        `| \`${alert}\` | ${labels.severity} | ${annotations.description} |`,
    );
  expect(rows.length).toBeGreaterThan(20);
  const runbook = readText('docs/runbook.md').split('\n');
  expect(runbook.filter((line) => line.startsWith('| `'))).toEqual(rows);
});
