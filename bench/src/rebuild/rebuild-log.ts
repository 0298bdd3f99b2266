import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseCatalog } from '@ringback/domain/catalog';
import {
  formatReference,
  type NewTicketEvent,
  newTicketEvent,
  type TicketEventData,
} from '@ringback/domain/ticket';
import { createEventLog } from '@ringback/event-log';
import type { Pool } from 'pg';
import { from } from 'pg-copy-streams';

const minute = 60_000;
const hour = 60 * minute;
const catalogs = ['set-rate-contract', 'cat-levels', 'technical-support-centre', 'contract-levels'];
const plans = [
  { plan: 'set-rate-contract/set-rate', priorities: ['urgent', 'important', 'important', 'low'] },
  { plan: 'cat-levels/cat-1', priorities: ['normal'] },
  { plan: 'cat-levels/cat-2', priorities: ['normal'] },
  { plan: 'technical-support-centre/office-hours', priorities: ['emergency', 'high', 'normal', 'low'] },
  { plan: 'contract-levels/business', priorities: ['normal'] },
];
const texts = [
  'No outgoing calls since the move of the trunk; incoming ones ring on the second line only.',
  'Handset on the first floor says "registration failed" and starts again every few minutes.\nSwapping the cable helps not.',
  'The greeting of the summer is still played, please change it to the one of the winter before Monday.',
  'Callers hear themselves with an echo of half a second; it began after the router was exchanged.',
];

export interface FilledLog {
  events: number;
  tickets: number;
}

interface Stored {
  streamId: string;
  version: number;
  event: NewTicketEvent;
  at: number;
}

/**
 * Fills an empty log with about `wanted` events of tickets as a support desk has them: opened over a year, answered,
 * held, put off, missed and resolved, each ticket's events among those of the others, in the order of their recording.
 */
export async function fillLog(pool: Pool, wanted: number): Promise<FilledLog> {
  await publishCatalogs(pool);
  const random = createRandom(20_260_302);
  const stored: Stored[] = [];
  let tickets = 0;
  const begin = Date.UTC(2026, 0, 5);
  const spread = (365 * 24 * hour) / (wanted / 7);
  while (stored.length < wanted) {
    tickets += 1;
    stored.push(...ticketHistory(tickets, begin + tickets * spread, random));
  }
  stored.sort((one, other) => one.at - other.at || one.version - other.version);
  const { rows } = await pool.query<{ position: string }>('select position from log.head');
  const client = await pool.connect();
  try {
    const text = `copy log.events (position, category, stream_id, version, event_id, type, v, data, metadata,
      occurred_at, recorded_at) from stdin`;
    await pipeline(Readable.from(lines(stored, Number(rows[0]?.position))), client.query(from(text)));
  } finally {
    client.release();
  }
  await pool.query(
    'update log.head set position = (select max(position) from log.events), recorded_at = clock_timestamp()',
  );
  await pool.query('vacuum analyze log.events');
  await pool.query('checkpoint');
  return { events: stored.length, tickets };
}

async function publishCatalogs(pool: Pool): Promise<void> {
  const log = createEventLog({ pool, notifications: false });
  for (const name of catalogs) {
    const file = new URL(`../../../catalogs/${name}.yaml`, import.meta.url);
    const content = parseCatalog(readFileSync(file, 'utf8'), () => []);
    const stream = { category: 'administration' as const, id: `catalog:${name}` };
    const event = { type: 'CatalogPublished', v: 1, data: { version: 1, digest: name, content } };
    await log.append({
      appends: [{ stream, expected: 'none', events: [event] }],
      metadata: { actor: 'service:bench' },
    });
  }
  await log.close();
}

function* lines(stored: Stored[], after: number): Generator<string> {
  let position = after;
  let chunk = '';
  for (const { streamId, version, event, at } of stored) {
    position += 1;
    const instant = new Date(at).toISOString();
    const data = JSON.stringify(event.data).replaceAll('\\', '\\\\');
    chunk += `${position}\tticket\t${streamId}\t${version}\t${randomUUID()}\t${event.type}\t${event.v}\t${data}\t{"actor":"api-key:bench"}\t${instant}\t${instant}\n`;
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

/** The same numbers from [0, 1) for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** Between five and a dozen events of one ticket. */
function ticketHistory(number: number, openedAt: number, random: () => number): Stored[] {
  const streamId = randomUUID();
  const stored: Stored[] = [];
  let at = Math.round(openedAt);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const then = (event: NewTicketEvent, within = 0) => {
    at += Math.round(random() * within);
    stored.push({ streamId, version: stored.length + 1, event, at });
  };
  const opening = openingOf(number, pick);
  then(newTicketEvent('TicketOpened', opening));
  then(newTicketEvent('TicketAssigned', { assignee: `agent-${number % 40}` }), hour);
  if (random() < 0.1) {
    const dueAt = new Date(at).toISOString();
    then(newTicketEvent('SlaBreached', { objective: 'response', occurrence: 1, dueAt, breachedAt: dueAt }));
  }
  then(newTicketEvent('TicketAcknowledged', { note: null }), hour);
  if (random() < 0.4) then(newTicketEvent('NoteAdded', { text: pick(texts) }), hour);
  then(newTicketEvent('AgentReplied', { channel: 'email', text: pick(texts), call: null }), hour);
  if (random() < 0.4) {
    then(newTicketEvent('CustomerReplied', { channel: 'email', text: pick(texts), contactId: null }), hour);
  }
  if (random() < 0.2) {
    then(newTicketEvent('ClockHeld', { reason: 'awaiting-customer', note: null }), hour);
    then(newTicketEvent('ClockReleased', { reason: 'awaiting-customer' }), 8 * hour);
  }
  if (random() < 0.1)
    then(newTicketEvent('WorkLogged', { minutes: 30, kind: 'remote', role: null, note: null }), hour);
  if (random() < 0.9) then(newTicketEvent('TicketResolved', { resolution: pick(texts) }), 4 * hour);
  if (random() < 0.6 && at > openedAt + hour)
    then(newTicketEvent('TicketClosed', { reason: null }), 48 * hour);
  return stored;
}

function openingOf(number: number, pick: <T>(from: readonly T[]) => T): TicketEventData<'TicketOpened'> {
  const { plan, priorities } = pick(plans);
  const [catalog = '', name = ''] = plan.split('/');
  const customer = number % 3_000;
  return {
    reference: formatReference(number),
    customerId: `customer-${customer}`,
    candidateCustomerIds: [],
    contactId: `contact-${customer}`,
    coverage: {
      contractId: `contract-${customer}`,
      standing: 'active',
      plan: { catalog, catalogVersion: 1, plan: name },
      chargeable: false,
    },
    priority: pick(priorities),
    channel: pick(['phone', 'email', 'portal']),
    subject: `Line ${number % 97}: ${pick(['no dial tone', 'echo', 'one-way sound', 'a greeting to change'])}`,
    description: pick(texts),
    caller: { raw: `0207946${number % 10_000}`, e164: '+442079460000', anonymous: false, name: null },
    email: `someone-${number % 5_000}@customer.example`,
    call: null,
    refersToTicketId: null,
  };
}
