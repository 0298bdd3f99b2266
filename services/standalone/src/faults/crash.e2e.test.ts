import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createServerProcesses,
  kill,
  type ServerProcess,
  type ServerProcesses,
} from '../testing/server-process.ts';

const rounds = 3;
const writers = 16;

let processes: ServerProcesses;
let server: ServerProcess;

beforeAll(async () => {
  processes = await createServerProcesses();
  server = await processes.start();
});
afterAll(() => processes.destroy());

const catalog = {
  catalog: 'crash',
  name: 'Crash',
  timeZone: 'UTC',
  defaultPriority: 'normal',
  priorities: { normal: { name: 'Normal', rank: 1 } },
  calendars: {
    always: {
      hours: Object.fromEntries(
        ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, [['00:00', '24:00']]]),
      ),
    },
  },
  plans: {
    plan: { name: 'Plan', objectives: { normal: [{ metric: 'response', calendar: 'always', max: 'PT1S' }] } },
  },
};

interface Event {
  type: string;
  version: number;
  position: number;
  data: { text?: string; objective?: string };
}

it('loses no acknowledged command and doubles no breach when it is killed under load', {
  timeout: 180_000,
}, async () => {
  await server.client.put('/v1/catalogs/crash', catalog);
  await server.client.put('/v1/customers/crash', { name: 'Crash' });
  await server.client.put('/v1/contracts/crash', { customerId: 'crash', plan: 'crash/plan' });
  /** Ticket → the notes that were acknowledged, in the order in which they were. */
  const acknowledged = new Map<string, string[]>();

  for (let round = 0; round < rounds; round += 1) {
    let running = true;
    const load = Array.from({ length: writers }, async (_, writer) => {
      for (let turn = 0; running; turn += 1) {
        try {
          const opened = await server.client.post('/v1/tickets', {
            customerId: 'crash',
            subject: `${round}/${writer}/${turn}`,
          });
          if (opened.status !== 201) continue;
          const notes: string[] = [];
          acknowledged.set(opened.body.id, notes);
          for (const text of ['first', 'second']) {
            const noted = await server.client.post(`/v1/tickets/${opened.body.id}/note`, { text });
            if (noted.status !== 200) break;
            notes.push(text);
          }
        } catch {
          // The connection broke: nothing was acknowledged.
          await pause(20);
        }
      }
    });
    await pause(1_500);
    await kill(server.process, 'SIGKILL');
    running = false;
    await Promise.all(load);
    server = await processes.start();
  }

  expect(acknowledged.size).toBeGreaterThan(rounds * writers);
  const positions = new Set<number>();
  for (const [id, notes] of acknowledged) {
    const events = await eventually(async () => {
      const { status, body } = await server.client.get(`/v1/tickets/${id}/events`);
      expect(status).toBe(200);
      const breaches = body.items.filter(({ type }: Event) => type === 'SlaBreached');
      expect(breaches, `breaches of ${id}; ${server.output()}`).toHaveLength(1);
      return body.items as Event[];
    });
    expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
    const kept = events.filter(({ type }) => type === 'NoteAdded').map(({ data }) => data.text);
    // What was acknowledged is there, once and in order; one more may be there whose answer was lost.
    expect(kept.slice(0, notes.length)).toEqual(notes);
    expect(kept.length - notes.length).toBeLessThanOrEqual(1);
    for (const { position } of events) {
      expect(positions.has(position)).toBe(false);
      positions.add(position);
    }
  }
});
