import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { configurationTable, readConfiguration } from '@ringback/service-kit';
import { services } from '@ringback/standalone';
import { createHttpClient } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCompose } from './testing/compose.ts';
import { environmentOf, parseDockerfile } from './testing/dockerfile.ts';
import {
  type Container,
  type Deployment,
  type Job,
  type Manifest,
  type PodTemplate,
  readManifests,
  selects,
} from './testing/kubernetes.ts';
import { isPinned, readText, readYaml, root } from './testing/repository.ts';
import { type RunningServices, startServices } from './testing/running-services.ts';

const folder = 'infra/kubernetes';
const manifests = readManifests(folder);
const secret = readYaml<Manifest>(`${folder}/secret.example.yaml`);
const compose = readCompose({ BOOTSTRAP_API_KEY: 'the-key-of-the-first-start' });
const image = environmentOf(parseDockerfile(readText('infra/image/Dockerfile')));
const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
const deployments = ofKind('Deployment') as Deployment[];
const jobs = ofKind('Job') as Job[];
const templates: [string, PodTemplate][] = [...deployments, ...jobs].map(({ metadata, spec }) => [
  metadata.name,
  spec.template,
]);
const container = (template: PodTemplate): Container => {
  const [only, another] = template.spec.containers;
  if (only === undefined || another !== undefined) throw new Error('a pod has one container');
  return only;
};
const ours = templates.filter(([, template]) => container(template).image.startsWith('ringback:'));
const data = (name: string) => ofKind('ConfigMap').find(({ metadata }) => metadata.name === name)?.data ?? {};

describe('the manifests', () => {
  it('are all in the kustomization, but for the template of the secret', () => {
    const { resources } = readYaml<{ resources: string[] }>(`${folder}/kustomization.yaml`);
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.yaml') && file !== 'kustomization.yaml',
    );
    expect(resources.filter((resource) => !resource.startsWith('..')).sort()).toEqual(
      files.filter((file) => file !== 'secret.example.yaml').sort(),
    );
    for (const value of Object.values(secret.stringData ?? {})) expect(value).toMatch(/<\w+>/);
  });

  it('have names of their own', () => {
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('run each of the services and the migrations, of the image that Compose builds', () => {
    const wanted = services.map(({ name }) => [name, ['scripts/service.ts', name]]);
    expect(Object.fromEntries(ours.map(([name, template]) => [name, container(template).args]))).toEqual({
      ...Object.fromEntries(wanted),
      migrate: ['scripts/migrate.ts'],
    });
    for (const [name, template] of templates) {
      expect(container(template).image, name).toBe(compose.services[name]?.image);
      expect(isPinned(container(template).image)).toBe(true);
    }
  });

  it('select pods by the labels that they have', () => {
    for (const { metadata, spec } of deployments) {
      const { labels } = spec.template.metadata;
      expect(spec.selector.matchLabels, metadata.name).toEqual(labels);
      for (const { labelSelector } of spec.template.spec.topologySpreadConstraints ?? [])
        expect(labelSelector.matchLabels).toEqual(labels);
      const chosen = templates.filter(([, { metadata: each }]) =>
        selects(spec.selector.matchLabels, each.labels),
      );
      expect(chosen.map(([name]) => name)).toEqual([metadata.name]);
    }
    for (const { metadata, spec } of [...ofKind('Service'), ...ofKind('PodDisruptionBudget')]) {
      const wanted = spec.selector.matchLabels ?? spec.selector;
      const chosen = deployments.filter(({ spec: each }) => selects(wanted, each.template.metadata.labels));
      expect(chosen.map((each) => each.metadata.name)).toEqual([metadata.name]);
    }
  });

  it('have for every Deployment a Service and a disruption budget, and an autoscaler or a number', () => {
    for (const { metadata, spec } of deployments) {
      const has = (kind: string) => ofKind(kind).some((each) => each.metadata.name === metadata.name);
      expect([has('Service'), has('PodDisruptionBudget')], metadata.name).toEqual([true, true]);
      expect(has('HorizontalPodAutoscaler'), metadata.name).toBe(spec.replicas === undefined);
      if (spec.replicas !== undefined) expect(spec.replicas).toBeGreaterThan(1);
    }
    for (const { spec } of ofKind('HorizontalPodAutoscaler')) {
      const { kind, name } = spec.scaleTargetRef;
      const target = deployments.find((each) => each.kind === kind && each.metadata.name === name);
      expect(target, name).toBeDefined();
      expect(spec.minReplicas).toBeGreaterThan(1);
      expect(spec.maxReplicas).toBeGreaterThan(spec.minReplicas);
      expect(target && container(target.spec.template).resources.requests.cpu).toBeDefined();
    }
  });

  it('send what comes in to a port that there is', () => {
    for (const { spec } of ofKind('Service')) {
      const [deployment] = deployments.filter((each) =>
        selects(spec.selector, each.spec.template.metadata.labels),
      );
      const ports = deployment ? container(deployment.spec.template).ports : [];
      for (const { targetPort } of spec.ports) expect(ports?.map(({ name }) => name)).toContain(targetPort);
    }
    for (const { spec } of ofKind('Ingress')) {
      for (const { http } of spec.rules) {
        for (const { backend } of http.paths) {
          const { name, port } = backend.service;
          const service = ofKind('Service').find(({ metadata }) => metadata.name === name);
          expect(service?.spec.ports.map((each: { name: string }) => each.name)).toContain(port.name);
        }
      }
    }
  });

  it('give pods no more than they need', () => {
    for (const [name, { spec }] of templates) {
      expect(spec.securityContext, name).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(container({ spec } as PodTemplate).securityContext, name).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container({ spec } as PodTemplate).resources.limits.memory, name).toBeDefined();
    }
  });

  it('let pods finish what is in hand', () => {
    for (const { metadata, spec } of deployments) {
      const { preStop } = container(spec.template).lifecycle ?? {};
      const pause = Number(preStop?.exec.command.at(-1));
      // A service that drains is cut off after fifteen seconds.
      expect(spec.template.spec.terminationGracePeriodSeconds, metadata.name).toBeGreaterThan(pause + 15);
    }
  });

  it('let no one talk but those whom a policy of theirs names', () => {
    const labels = templates.map(([, { metadata }]) => metadata.labels);
    const exists = (selector: {
      matchLabels?: { [name: string]: string };
      matchExpressions?: { key: string; values: string[] }[];
    }) => {
      for (const [key, value] of Object.entries(selector.matchLabels ?? {}))
        expect(labels.map((each) => each[key])).toContain(value);
      for (const { key, values } of selector.matchExpressions ?? [])
        for (const value of values) expect(labels.map((each) => each[key])).toContain(value);
    };
    const policies = ofKind('NetworkPolicy');
    expect(
      policies.filter(({ spec }) => spec.policyTypes.length === 2 && !spec.ingress && !spec.egress),
    ).toHaveLength(1);
    for (const { spec } of policies) {
      exists(spec.podSelector);
      for (const peer of [...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap(
        ({ from, to }) => from ?? to ?? [],
      ))
        if (peer.podSelector) exists(peer.podSelector);
    }
  });
});

describe('the environment of a pod', () => {
  it('is what its service knows, with values that it takes', () => {
    const known = new Set<string>(configurationTable.map(({ name }) => name));
    for (const [name, template] of ours) {
      const { envFrom = [], env = [] } = container(template);
      const plain = Object.assign({}, ...envFrom.map(({ configMapRef }) => data(configMapRef.name)));
      const sealed = env.map(({ name: variable, valueFrom: { secretKeyRef } }) => {
        expect([secretKeyRef.name, secretKeyRef.key]).toEqual([secret.metadata.name, variable]);
        const value = secret.stringData?.[variable];
        expect(value, `${variable} in the secret’s template`).toBeDefined();
        return [variable, value?.replaceAll(/<\w+>/g, 'filled-in-by-whoever-deploys-it-here')];
      });
      const given = { ...plain, ...Object.fromEntries(sealed) };
      expect(
        Object.keys(given).filter((variable) => !known.has(variable)),
        name,
      ).toEqual([]);
      expect(readConfiguration({ ...image, ...given }).databaseUrl, name).not.toBeNull();
    }
    const used = ours.flatMap(([, template]) => (container(template).env ?? []).map(({ name }) => name));
    expect(Object.keys(secret.stringData ?? {}).filter((name) => !used.includes(name))).toEqual([]);
  });

  it('of the image is what the services know', () => {
    const known: string[] = ['NODE_ENV', ...configurationTable.map(({ name }) => name)];
    for (const variable of Object.keys(image)) expect(known).toContain(variable);
  });
});

describe('the gateway in Kubernetes', () => {
  it('is given the configuration that is tested', () => {
    const gateway = deployments.find(({ metadata }) => metadata.name === 'gateway');
    const [volume] = gateway?.spec.template.spec.volumes ?? [];
    expect(Object.keys(data(volume?.configMap?.name ?? ''))).toEqual(['Caddyfile', 'openapi.json']);
    for (const file of ['Caddyfile', 'openapi.json'])
      expect(existsSync(join(root, 'infra/gateway', file))).toBe(true);
  });
});

describe('every probe', () => {
  let running: RunningServices;
  beforeAll(async () => {
    running = await startServices();
  });
  afterAll(() => running?.stop());

  it.each(services.map(({ name }) => name))(
    'of %s is answered by it, on the port that it listens on',
    async (name) => {
      const template = ours.find(([each]) => each === name)?.[1];
      const { ports, startupProbe, readinessProbe, livenessProbe } = container(template as PodTemplate);
      expect(ports).toEqual([{ name: 'http', containerPort: Number(image.PORT) }]);
      const probes = [startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet);
      expect(probes.map((probe) => probe?.path)).toEqual(['/health/live', '/health/ready', '/health/live']);
      const annotations = template?.metadata.annotations ?? {};
      expect(annotations['prometheus.io/port']).toBe(image.PORT);
      const client = createHttpClient(running.byName.get(name)?.url ?? '', null);
      for (const path of [...probes.map((probe) => probe?.path), annotations['prometheus.io/path']]) {
        const { status, body } = await client.get(path ?? '');
        expect([path, status, body.status ?? 'ready']).toEqual([
          path,
          200,
          expect.stringMatching(/^(live|ready)$/),
        ]);
      }
      for (const probe of probes) expect(probe?.port).toBe('http');
    },
  );
});
