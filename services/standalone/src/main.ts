import { readDevelopmentKey } from '@ringback/administration';
import { type Running, runMain, runServices } from '@ringback/service-kit';
import { services } from './index.ts';

const usage = `pnpm start

Runs everything in this process until Ctrl-C. It is set up by environment variables, see README.md: without any it serves
on http://127.0.0.1:8080 and keeps its data in .data/.`;

async function announce({ url, configuration }: Running): Promise<void> {
  const lines = [`Ringback is ready at ${url}`, `API documentation: ${url}/docs`];
  if (configuration.databaseUrl === null && configuration.bootstrapApiKey === null) {
    const key = await readDevelopmentKey(configuration.dataDirectory);
    lines.push(`Development key: ${key}`, '', `export RINGBACK=${url}`, `export RINGBACK_KEY=${key}`);
  }
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}

await runMain(usage, () => runServices(services, { name: 'standalone', embedded: true }), announce);
