import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configurationTable, readConfiguration } from '@ringback/service-kit';
import { services } from '@ringback/standalone';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import schema from './schemas/compose-spec.json' with { type: 'json' };
import { type ComposeService, interpolate, readCompose, readComposeFile } from './testing/compose.ts';
import { commandOf, environmentOf, parseDockerfile } from './testing/dockerfile.ts';
import { isPinned, readText, root } from './testing/repository.ts';

const needed = { BOOTSTRAP_API_KEY: 'the-key-of-the-first-start' };
const compose = readCompose(needed);
const all = Object.entries(compose.services);
const ours = all.filter(([, { build }]) => build !== undefined);
const image = parseDockerfile(readText('infra/image/Dockerfile'));

/** What makes a container count as healthy: its own check, or that of the image that is built here. */
function hasHealthCheck({ build, healthcheck }: ComposeService): boolean {
  if (healthcheck?.disable === true) return false;
  return (
    healthcheck?.test !== undefined || (build !== undefined && commandOf(image, 'HEALTHCHECK').length > 0)
  );
}

describe('docker-compose.yml', () => {
  it('is valid by the schema of the Compose Specification', () => {
    const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);
    validate(readComposeFile());
    expect(validate.errors ?? []).toEqual([]);
  });

  it('runs each of the services and, before them, the migrations', () => {
    const commands = ours.map(([, { command = [] }]) => command.join(' '));
    const wanted = services.map(({ name }) => `scripts/service.ts ${name}`);
    expect(commands.sort()).toEqual(['scripts/migrate.ts', ...wanted].sort());
    for (const [name, { command, depends_on: waits }] of ours) {
      expect(command?.at(-1)).toBe(name === 'migrate' ? 'scripts/migrate.ts' : name);
      if (name !== 'migrate') expect(waits?.migrate?.condition, name).toBe('service_completed_successfully');
      expect(waits?.postgres?.condition, name).toBe('service_healthy');
      expect(waits?.kafka?.condition, name).toBe('service_healthy');
    }
  });

  it('waits only for what can become so', () => {
    for (const [name, { depends_on: waits = {} }] of all) {
      for (const [other, { condition }] of Object.entries(waits)) {
        const awaited = compose.services[other];
        expect(awaited, `${name} waits for ${other}`).toBeDefined();
        if (awaited === undefined) continue;
        const ends = awaited.healthcheck?.disable === true;
        expect(condition, `${name} waits for ${other}`).toBe(
          ends ? 'service_completed_successfully' : 'service_healthy',
        );
        expect(ends || hasHealthCheck(awaited), `${other} has a health check`).toBe(true);
      }
    }
  });

  it('checks the health of everything that stays, and starts it again', () => {
    for (const [name, service] of all) {
      if (name === 'migrate') expect(service.restart).toMatch(/^on-failure/);
      else {
        expect(service.restart, name).toBe('unless-stopped');
        expect(hasHealthCheck(service), name).toBe(true);
      }
    }
  });

  it('pins every image that is not built here', () => {
    for (const [name, { image: used, build }] of all) {
      expect(isPinned(used), `${name}: ${used}`).toBe(true);
      if (build !== undefined) expect(existsSync(join(root, build.dockerfile))).toBe(true);
    }
  });

  it('gives each service only variables that it knows, with values that it takes', () => {
    const known = new Set<string>(configurationTable.map(({ name }) => name));
    for (const [name, { environment = {} }] of ours) {
      for (const variable of Object.keys(environment))
        expect(known, `${name}: ${variable}`).toContain(variable);
      const configuration = readConfiguration({ ...environmentOf(image), ...environment });
      expect(configuration.databaseUrl, name).toContain('@postgres:5432/');
      expect(configuration.kafkaBrokers, name).toEqual(['kafka:9092']);
    }
  });

  it('gives services the addresses that the others have', () => {
    const { environment: broker = {} } = compose.services.kafka ?? {};
    expect(broker.KAFKA_ADVERTISED_LISTENERS).toBe('PLAINTEXT://kafka:9092');
    expect(broker.KAFKA_AUTO_CREATE_TOPICS_ENABLE).toBe('false');
    const { environment: server = {} } = compose.services.postgres ?? {};
    const { environment: intake = {} } = compose.services.intake ?? {};
    const database = new URL(intake.DATABASE_URL ?? '');
    expect([database.username, database.password, database.pathname]).toEqual([
      server.POSTGRES_USER,
      server.POSTGRES_PASSWORD,
      `/${server.POSTGRES_DB}`,
    ]);
  });

  it('does not start without an administrator’s key', () => {
    expect(() => readCompose({})).toThrow('BOOTSTRAP_API_KEY is needed');
  });

  it('publishes on this machine only, each port once', () => {
    const ports = all.flatMap(([, { ports: published = [] }]) => published);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    const outer = ports.map((port) => port.split(':')[1]);
    expect(new Set(outer).size).toBe(outer.length);
    expect(readCompose({ ...needed, PORT: '9000' }).services.intake?.environment?.PUBLIC_URL).toBe(
      'http://127.0.0.1:9000',
    );
  });

  it('mounts what there is', () => {
    const declared = Object.keys(compose.volumes);
    const mounted = all.flatMap(([, { volumes = [] }]) =>
      volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    for (const source of mounted) {
      if (source.startsWith('./')) expect(existsSync(join(root, source)), source).toBe(true);
      else expect(declared).toContain(source);
    }
    expect(declared.filter((name) => !mounted.includes(name))).toEqual([]);
  });
});

describe('variables', () => {
  it('are replaced as Compose replaces them', () => {
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is what a file holds.
    expect(interpolate('a ${X:-b} ${Y}', { Y: 'c' })).toBe('a b c');
    expect(interpolate('${X:-http://h:${P:-80}}', { P: '81' })).toBe('http://h:81');
    expect(() => interpolate('${X:?give it}', { X: '' })).toThrow('X is needed: give it');
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above.
  });
});
