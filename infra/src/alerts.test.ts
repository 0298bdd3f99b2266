import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readYaml, root } from './testing/repository.ts';

interface Rules {
  groups: { rules: { alert: string }[] }[];
}
interface RuleTests {
  tests: { name: string; promql_expr_test: { exp_samples: { labels: string }[] }[] }[];
}

const rules = 'infra/prometheus/alerts.yml';
const ruleTests = 'infra/prometheus/alerts.test.yml';
const promtool = process.env.PROMTOOL ?? 'promtool';
const isFound = spawnSync(promtool, ['--version']).status === 0;

it('The rule tests raise each alert once', () => {
  const alerts = readYaml<Rules>(rules).groups.flatMap((group) => group.rules.map(({ alert }) => alert));
  const raised = readYaml<RuleTests>(ruleTests)
    .tests.flatMap((test) => test.promql_expr_test)
    .flatMap((test) => test.exp_samples.map(({ labels }) => /alertname="(\w+)"/.exec(labels)?.[1]));
  expect(raised.toSorted()).toEqual(alerts.toSorted());
});

if (isFound) {
  it('Prometheus passes the rule tests', () => {
    const { stdout, stderr, status } = spawnSync(promtool, ['test', 'rules', join(root, ruleTests)], {
      encoding: 'utf8',
    });
    expect({ status, output: `${stdout}${stderr}` }).toMatchObject({ status: 0 });
  });
} else {
  process.stderr.write(
    'promtool is missing: the alerts are not evaluated. Set PROMTOOL, or add it to the path.\n',
  );
}
