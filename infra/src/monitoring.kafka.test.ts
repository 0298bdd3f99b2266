import { createHttpClient, createTopicPrefix, describeWithKafka, eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCompose } from './testing/compose.ts';
import { readExpression } from './testing/promql.ts';
import { readText, readYaml } from './testing/repository.ts';
import { type RunningServices, startServices } from './testing/running-services.ts';

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  targets?: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}

interface Prometheus {
  rule_files: string[];
  scrape_configs: {
    job_name: string;
    metrics_path: string;
    static_configs: { targets: string[]; labels: { [name: string]: string } }[];
  }[];
}

const { groups } = readYaml<{ groups: { rules: Rule[] }[] }>('infra/prometheus/alerts.yml');
const rules = groups.flatMap((group) => group.rules);
const dashboard: { panels: Panel[] } = JSON.parse(readText('infra/grafana/dashboards/ringback.json'));
const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);
const prometheus = readYaml<Prometheus>('infra/prometheus/prometheus.yml');
const { services: composed } = readCompose({ BOOTSTRAP_API_KEY: 'the-key-of-the-first-start' });
const expressions = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...targets.map(({ expr }) => ['dashboard', expr] as const),
];
/** What Prometheus adds to every sample, and what it makes of a scrape itself. */
const scraped = ['job', 'instance', ...new Set(prometheus.scrape_configs.flatMap(labelsOf))];
const ofPrometheus = ['up'];
/** What the embedded mode alone exports. */
const ofEmbedded = ['ringback_data_directory_free_bytes', 'ringback_data_directory_total_bytes'];

function labelsOf({ static_configs: configs }: Prometheus['scrape_configs'][number]): string[] {
  return configs.flatMap(({ labels }) => Object.keys(labels));
}

// With Kafka they export what they do with it too.
describeWithKafka('what watches the services', (brokers) => {
  let running: RunningServices;
  /** Sample’s name → the labels that it may have, and the values that they have now. */
  const exported = new Map<string, { labels: Set<string>; values: Map<string, Set<string>> }>();
  beforeAll(async () => {
    running = await startServices({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: createTopicPrefix() });
    for (const { url, contexts } of running.byName.values()) {
      const client = createHttpClient(url, null);
      await client.get('/health/ready');
      const { status, body } = await client.get('/metrics');
      expect(status).toBe(200);
      const registry = [...contexts.values()][0]?.metrics;
      for (const [, name = '', type] of String(body).matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
        const { labelNames = [] } = (registry?.getSingleMetric(name) ?? {}) as { labelNames?: string[] };
        const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
        for (const suffix of suffixes) {
          const labels = [...labelNames, ...(suffix === '_bucket' ? ['le'] : [])];
          exported.set(`${name}${suffix}`, { labels: new Set(labels), values: new Map() });
        }
      }
      for (const [, name = '', labels = ''] of String(body).matchAll(/^(\w+)\{(.*)\} /gm)) {
        const { values } = exported.get(name) ?? {};
        for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g))
          values?.set(label, (values.get(label) ?? new Set()).add(value));
      }
    }
  });
  afterAll(() => running?.stop());

  describe('what Prometheus scrapes', () => {
    it('is every service, where Compose runs it', () => {
      const [job] = prometheus.scrape_configs;
      const found = job?.static_configs.flatMap(({ targets: at, labels }) =>
        at.map((target) => [labels.service, target]),
      );
      expect(found).toEqual([...running.byName.keys()].map((name) => [name, `${name}:8080`]));
      for (const [name = ''] of found ?? []) expect(Object.keys(composed)).toContain(name);
      expect(job?.metrics_path).toBe('/metrics');
    });

    it('is judged by rules that are mounted', () => {
      expect(composed.prometheus?.volumes).toContain('./infra/prometheus:/etc/prometheus:ro');
      expect(prometheus.rule_files).toEqual(['/etc/prometheus/alerts.yml']);
    });
  });

  describe('the expressions of alerts and dashboard', () => {
    it.each(expressions)('%s: %s', (_, text) => {
      const { selectors, grouped } = readExpression(text);
      expect(selectors.length).toBeGreaterThan(0);
      const available = new Set(scraped);
      for (const { metric, matchers } of selectors) {
        if ([...ofPrometheus, ...ofEmbedded].includes(metric)) continue;
        const found = exported.get(metric);
        expect(found, `${metric} is exported`).toBeDefined();
        for (const label of found?.labels ?? []) available.add(label);
        for (const { label, operator, value } of matchers) {
          expect([...scraped, ...(found?.labels ?? [])], `${metric} has ${label}`).toContain(label);
          // What answers get is known when they got it; everything else has its values from the start.
          const values = found?.values.get(label);
          if (operator === '=' && values !== undefined && label !== 'status') expect(values).toContain(value);
        }
      }
      for (const label of grouped) expect(available, `grouped by ${label}`).toContain(label);
    });

    it('of alerts say what to do, by labels that are left', () => {
      expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
      for (const { alert, expr, labels, annotations } of rules) {
        expect(['page', 'ticket']).toContain(labels.severity);
        expect(annotations.description.length, alert).toBeGreaterThan(20);
        const { grouped } = readExpression(expr);
        const isAggregated = /^(sum|max|min|histogram_quantile)\b/.test(expr);
        for (const [, label = ''] of annotations.summary.matchAll(/\$labels\.(\w+)/g))
          expect(isAggregated ? grouped : scraped, alert).toContain(label);
      }
    });

    it('know how many shards there are', async () => {
      const client = createHttpClient(running.byName.get('sla-timer')?.url ?? '', null);
      const shards = await eventually(async () => {
        const { body } = await client.get('/metrics');
        const [, value] = /^ringback_sla_timer_shards (\d+)$/m.exec(body) ?? [];
        expect(Number(value)).toBeGreaterThan(0);
        return Number(value);
      });
      const rule = rules.find(({ alert }) => alert === 'RingbackShardsUnwatched');
      expect(rule?.expr).toBe(`sum(ringback_sla_timer_shards) < ${shards}`);
      expect(rule?.annotations.summary).toContain(`of ${shards} shards`);
    });
  });

  describe('the dashboard', () => {
    it('reads from the datasource that is provisioned', () => {
      const { datasources } = readYaml<{ datasources: { uid: string; url: string }[] }>(
        'infra/grafana/provisioning/datasources/prometheus.yaml',
      );
      const used = [...dashboard.panels, ...targets].flatMap(({ datasource }) => datasource?.uid ?? []);
      expect([...new Set(used)]).toEqual(datasources.map(({ uid }) => uid));
      for (const { url } of datasources) {
        const { hostname, port } = new URL(url);
        expect(composed[hostname]?.ports?.join()).toMatch(new RegExp(`:${port}$`));
      }
    });

    it('is where Grafana looks for it', () => {
      const { providers } = readYaml<{ providers: { options: { path: string } }[] }>(
        'infra/grafana/provisioning/dashboards/ringback.yaml',
      );
      const mounted = composed.grafana?.volumes?.map((volume) => volume.split(':')[1]);
      for (const { options } of providers) expect(mounted).toContain(options.path);
      expect(composed.grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(
        `${providers[0]?.options.path}/ringback.json`,
      );
    });

    it('shows every metric of ours', () => {
      const shown = targets.flatMap(({ expr }) => readExpression(expr).selectors.map(({ metric }) => metric));
      const families = [...exported.keys()]
        .filter((name) => name.startsWith('ringback_'))
        .map((name) => name.replace(/_(bucket|sum|count)$/, ''));
      const missing = families.filter((family) => !shown.some((metric) => metric.startsWith(family)));
      expect([...new Set(missing)]).toEqual([]);
    });

    it('has panels alongside one another, none twice', () => {
      const { panels } = dashboard;
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      for (const { gridPos, title } of panels) expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    });
  });
});
