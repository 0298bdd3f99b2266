import { readDevelopmentKey } from '@ringback/intake';
import { type Running, runMain, runServices } from '@ringback/service-kit';
import { services } from './index.ts';

async function announce({ url, configuration }: Running): Promise<void> {
  const lines = [`Ringback is ready at ${url}`, `API documentation: ${url}/docs`];
  if (configuration.databaseUrl === null && configuration.bootstrapApiKey === null) {
    lines.push(`Development key: ${await readDevelopmentKey(configuration.dataDirectory)}`);
  }
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}

await runMain(() => runServices(services, { name: 'standalone', embedded: true }), announce);
