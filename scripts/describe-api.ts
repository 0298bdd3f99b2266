/** `pnpm describe-api`: writes the description of the whole API, as the gateway shows it, to `infra/gateway/openapi.json`. */
import { writeFile } from 'node:fs/promises';
import { runServices } from '@ringback/service-kit';
import { readArguments } from '@ringback/service-kit/command-line';
import { services } from '@ringback/standalone';
import { startCluster } from '@ringback/test-kit';

const usage = `pnpm describe-api

Writes the OpenAPI description of all services together to infra/gateway/openapi.json, from where the gateway shows it.`;
const file = new URL('../infra/gateway/openapi.json', import.meta.url);

async function describeApi(): Promise<void> {
  const cluster = await startCluster();
  try {
    const environment = { DATABASE_URL: cluster.url(), PORT: '0', LOG_LEVEL: 'silent' };
    const running = await runServices(services, { name: 'describe-api', environment });
    const description = (await (await fetch(`${running.url}/openapi.json`)).json()) as object;
    await running.stop();
    await writeFile(file, `${JSON.stringify(description)}\n`);
  } finally {
    await cluster.destroy();
  }
}

if (readArguments({ usage }) !== null) await describeApi();
