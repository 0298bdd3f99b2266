import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createServerProcesses,
  kill,
  type ServerProcess,
  type ServerProcesses,
} from '../testing/server-process.ts';

let processes: ServerProcesses;
let server: ServerProcess;
let webhook: string;

beforeAll(async () => {
  processes = await createServerProcesses();
  server = await processes.start();
  const integration = {
    adapter: 'zammad-cti',
    name: 'PBX',
    defaultCountry: 'GB',
    timeZone: 'Europe/London',
    catalog: 'cat-levels',
  };
  const { body } = await server.client.post('/v1/integrations', integration);
  webhook = new URL(body.webhookUrl).pathname;
});
afterAll(() => processes.destroy());

const nameless = '--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--';
const send = async (body: string | object, contentType = 'application/json') =>
  (await server.client.as(null).post(webhook, body, { 'content-type': contentType })).status;
const failed = async () => (await server.client.get('/v1/deliveries?state=failed')).body.items;

it('A multipart part without a name ends neither the server nor its next start', {
  timeout: 180_000,
}, async () => {
  expect(await send(nameless, 'multipart/form-data; boundary=x')).toBe(200);
  // Stored, and perhaps not interpreted yet.
  await kill(server.process, 'SIGKILL');
  server = await processes.start();
  const [delivery] = await eventually(
    async () => {
      const items = await failed();
      expect(items).toMatchObject([{ detail: 'the field "event" is missing' }]);
      return items;
    },
    { timeout: 30_000 },
  );

  expect((await server.client.post(`/v1/deliveries/${delivery.id}/replay`)).status).toBe(200);
  expect(await send({ event: 'newCall', callId: 'after', from: 'anonymous', direction: 'in' })).toBe(200);
  await eventually(async () => {
    const { body } = await server.client.get('/v1/tickets?channel=phone');
    expect(body.items).toMatchObject([{ calls: [{ callId: 'after' }] }]);
  });
  expect(await failed()).toHaveLength(1);
  expect(server.process.exitCode).toBe(null);
});
