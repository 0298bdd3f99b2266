import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServerProcesses, kill, type ServerProcesses } from '../testing/server-process.ts';

/** With owners and times, as a backup is. */
const copy = (from: string, to: string) => promisify(execFile)('cp', ['-a', from, to]);

let processes: ServerProcesses;
beforeAll(async () => {
  processes = await createServerProcesses();
});
afterAll(async () => {
  await processes?.destroy();
  await rm(`${processes.dataDirectory}-backup`, { recursive: true, force: true });
});

it('a reader of the feed learns that the data were put back from a cold copy, however far the log is by then', async () => {
  const folder = processes.dataDirectory;
  const backup = `${folder}-backup`;
  let { client, process, url } = await processes.start();
  const openTicket = async () => {
    const answer = await client.post('/v1/tickets', { subject: 'No dial tone' });
    expect(answer.status).toBe(201);
    return { log: answer.headers.get('ringback-log'), position: answer.body.position as number };
  };
  const before = await openTicket();
  await kill(process, 'SIGTERM');
  await copy(folder, backup);

  ({ client, process, url } = await processes.start());
  const seen = await openTicket();
  expect(seen.log).toBe(before.log);
  const feed = await fetch(`${url}/v1/feed?lastEventId=0`, {
    headers: { authorization: `Bearer ${processes.key}` },
  });
  expect(feed.headers.get('ringback-log')).toBe(seen.log);
  expect(await kill(process, 'SIGTERM')).toBe(0);
  expect(await feed.text()).toMatch(/retry: \d+\n\n$/);

  await eventually(() => rm(folder, { recursive: true, force: true }), { timeout: 30_000, interval: 100 });
  await copy(backup, folder);
  ({ client, process, url } = await processes.start());
  const resume = (query: string) =>
    client.get(`/v1/feed${query}`, { 'last-event-id': String(seen.position) });
  expect((await resume('')).body.code).toBe('feed-position-unknown');
  let restored = await openTicket();
  while (restored.position <= seen.position) restored = await openTicket();
  expect(restored.log).not.toBe(seen.log);
  expect(await resume(`?log=${seen.log}`)).toMatchObject({
    status: 410,
    body: { code: 'feed-position-unknown', log: restored.log },
  });
}, 120_000);
