import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigurationInvalid, configurationTable, readConfiguration } from './configuration.ts';

describe('the configuration', () => {
  it('has defaults that work on a laptop', () => {
    expect(readConfiguration({})).toMatchObject({
      databaseUrl: null,
      host: '127.0.0.1',
      port: 8080,
      dataDirectory: '.data',
      allowPrivateWebhooks: true,
    });
  });

  it('lets webhooks go to private addresses only where it says so, or embedded', () => {
    const DATABASE_URL = 'postgres://db/x';
    expect(readConfiguration({ DATABASE_URL }).allowPrivateWebhooks).toBe(false);
    expect(readConfiguration({ DATABASE_URL, ALLOW_PRIVATE_WEBHOOKS: 'true' }).allowPrivateWebhooks).toBe(
      true,
    );
  });

  it('takes an empty variable as unset', () => {
    expect(readConfiguration({ DATABASE_URL: '', PORT: '', SMTP_URL: '' })).toMatchObject({
      databaseUrl: null,
      port: 8080,
      smtpUrl: null,
    });
  });

  it('names every fault at once, with what is allowed, and never a value', () => {
    const faulty = {
      PORT: '70000',
      DATABASE_URL: 'mysql://user:hunter2@db',
      BOOTSTRAP_API_KEY: 'short',
      LOG_LEVEL: 'loud',
      KAFKA_BROKERS: 'nowhere',
      KAFKA_TOPIC_PREFIX: 'a prefix',
    };
    let message = '';
    try {
      readConfiguration(faulty);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationInvalid);
      message = (error as Error).message;
    }
    for (const name of Object.keys(faulty)) expect(message).toContain(name);
    expect(message).toContain('postgres://');
    for (const value of ['hunter2', 'short', 'nowhere', 'a prefix']) expect(message).not.toContain(value);
  });

  it('is documented in full by the README', () => {
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
    for (const { name, default: usual, meaning } of configurationTable) {
      expect(readme).toContain(`| \`${name}\` | ${usual} | ${meaning} |`);
    }
  });
});
