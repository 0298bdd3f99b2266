import { randomUUID } from 'node:crypto';
import { createEventLog, createKafkaStream } from '@ringback/event-log';
import type { OwnDatabase } from '../own-database.ts';
import { measureDelays } from './consuming-process.ts';
import { createTopicPrefix, silent, withLogDatabase } from './database.ts';
import type { Delays } from './instants.ts';

export interface DeliveryOptions {
  connectionString: string;
  brokers: string;
  perSecond: number;
  seconds: number;
}

/** So many events go to a ticket, and so many tickets are open at a time. */
const eventsPerTicket = 5;
const openTickets = 500;

/** From the call of `append` to the commit of the effect in another process, the log carried by Kafka. */
export async function measureLogDelivery(options: DeliveryOptions): Promise<Delays> {
  return await withLogDatabase(options.connectionString, (database) => measureOn(database, options));
}

async function measureOn(
  { url, pool }: OwnDatabase,
  { brokers, perSecond, seconds }: DeliveryOptions,
): Promise<Delays> {
  const topicPrefix = createTopicPrefix();
  const kafka = createKafkaStream({ brokers: [brokers], pool, logger: silent, topicPrefix });
  const log = createEventLog({ pool, kafka });
  try {
    await kafka.start(log.onAppended);
    const nextTicket = createTickets();
    const send = (sentAt: number) => {
      const event = { type: 'NoteAdded', v: 1, data: { text: 'x'.repeat(200), sentAt } };
      const stream = { category: 'ticket' as const, id: nextTicket() };
      void log.append({
        appends: [{ stream, expected: 'any', events: [event] }],
        metadata: { actor: 'service:bench' },
      });
    };
    const settings = { url, brokers, topicPrefix };
    return await measureDelays('log-consumer.ts', settings, { perSecond, seconds, send });
  } finally {
    await kafka.stop();
    await log.close();
  }
}

/** Tickets in turn, each as often as it has events. */
function createTickets(): () => string {
  const tickets: { id: string; events: number }[] = [];
  let turn = 0;
  return () => {
    turn = (turn + 1) % openTickets;
    const known = tickets[turn];
    const ticket =
      known === undefined || known.events === eventsPerTicket ? { id: randomUUID(), events: 0 } : known;
    ticket.events += 1;
    tickets[turn] = ticket;
    return ticket.id;
  };
}
