import { createHttpClient } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGateway } from './testing/caddyfile.ts';
import { readCompose } from './testing/compose.ts';
import { readManifests } from './testing/kubernetes.ts';
import { readText } from './testing/repository.ts';
import { type RunningServices, startServices } from './testing/running-services.ts';

interface Operation {
  service: string;
  method: string;
  path: string;
}

const gateway = readGateway(readText('infra/gateway/Caddyfile'));
let running: RunningServices;
let operations: Operation[];
beforeAll(async () => {
  running = await startServices();
  operations = (await Promise.all([...running.byName.keys()].map(described))).flat();
});
afterAll(() => running?.stop());

/** What a service says of itself, each parameter of a path filled in. */
async function described(service: string): Promise<Operation[]> {
  const { body } = await client(service).get('/openapi.json');
  return Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      service,
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, '7d4f0a3c-9b1e-4c55-8f6a-2b1c0d9e8f70'),
    })),
  );
}

function client(service: string) {
  return createHttpClient(running.byName.get(service)?.url ?? '', null);
}

describe('the gateway', () => {
  it('gives every operation to the service that describes it', () => {
    expect(operations.length).toBeGreaterThan(50);
    for (const { service, method, path } of operations) {
      const asked = `${method} ${path}`;
      expect([asked, gateway(method, path).upstream]).toEqual([asked, `${service}:8080`]);
      expect([asked, gateway(method, `${path}/`).upstream]).toEqual([asked, `${service}:8080`]);
      if (method === 'GET') expect(gateway('HEAD', path).upstream).toBe(`${service}:8080`);
    }
  });

  it('finds no operation at two services', () => {
    const names = operations.map(({ method, path }) => `${method} ${path}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('asks each service only for what it answers', async () => {
    for (const { method, path } of operations) {
      const { upstream, path: asked } = gateway(method, path);
      const service = upstream?.split(':')[0] ?? '';
      const response = await fetch(new URL(asked, running.byName.get(service)?.url), { method });
      const problem = (await response.json().catch(() => null)) as { code?: string } | null;
      expect([`${method} ${path}`, problem?.code]).not.toEqual([`${method} ${path}`, 'not-found']);
    }
  });

  it.each(['administration', 'billing', 'intake', 'query', 'notification', 'sla-timer'])(
    'shows the description of %s',
    async (service) => {
      const { upstream, path } = gateway('GET', `/openapi/${service}.json`);
      expect(upstream).toBe(`${service}:8080`);
      const { status, body } = await client(service).get(path);
      expect([status, body.openapi]).toEqual([200, '3.1.0']);
    },
  );

  it.each(['/', '/docs/', '/asyncapi.json', '/problems/not-found'])('leaves %s to intake', async (path) => {
    expect(gateway('GET', path)).toEqual({ upstream: 'intake:8080', status: null, path });
    expect((await client('intake').get(path)).status).toBe(200);
  });

  it('shows one description of all services, which is what they say of themselves together', async () => {
    expect(gateway('GET', '/openapi.json')).toEqual({ upstream: null, status: 200, path: '/openapi.json' });
    const shown = JSON.parse(readText('infra/gateway/openapi.json'));
    const parts = await Promise.all(
      [...running.byName.keys()].map(async (service) => (await client(service).get('/openapi.json')).body),
    );
    const united = (of: (part: typeof shown) => object) => Object.assign({}, ...parts.map(of));
    const reason = 'pnpm describe-api writes it';
    const operationsOf = (part: typeof shown) =>
      Object.fromEntries(
        Object.entries<object>(part.paths).flatMap(([path, methods]) =>
          Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation]),
        ),
      );
    expect(operationsOf(shown), reason).toEqual(united(operationsOf));
    expect(shown.components.schemas, reason).toEqual(united(({ components }) => components.schemas));
    expect(shown.info).toEqual(parts[0]?.info);
  });

  it('keeps to itself what is for those inside', () => {
    expect(gateway('GET', '/health/live').status).toBe(200);
    expect(gateway('GET', '/health/ready').status).toBe(404);
    expect(gateway('GET', '/metrics').status).toBe(404);
  });

  it('names services that Compose and Kubernetes know by this name and port', () => {
    const { services } = readCompose({ BOOTSTRAP_API_KEY: 'the-key-of-the-first-start' });
    const manifests = readManifests('infra/kubernetes');
    for (const { service } of operations) {
      expect(Object.keys(services)).toContain(service);
      const found = manifests.find(({ kind, metadata }) => kind === 'Service' && metadata.name === service);
      expect(found?.spec.ports).toEqual([{ name: 'http', port: 8080, targetPort: 'http' }]);
    }
  });
});
