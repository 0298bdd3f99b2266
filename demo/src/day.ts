import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { answeredCall, type CallStep, missedCall } from './calls.ts';
import { type Client, createClient, type Json } from './client.ts';
import { type Delivery, startReceiver } from './receiver.ts';
import type { DemoServer } from './server.ts';
import { bad, createTimeline, good, type Timeline } from './timeline.ts';

const bakeryNumber = '493023125741';
const dentistNumber = '493023125742';
const providerNumber = '492214710334';
const breachPatience = 30_000;
/** The provider's, as in provider.yaml: explanations tell local time. */
const timeZone = 'Europe/Berlin';

/** What the day came to, for those who want to check it. */
export interface Day {
  met: boolean;
  breached: boolean;
  verified: boolean;
}

/** Plays a telephone provider's day against a server and writes what happens, as it happens. */
export async function playDay(
  server: Pick<DemoServer, 'url' | 'key'>,
  write: (text: string) => void,
): Promise<Day> {
  const timeline = createTimeline(write);
  const client = createClient(server.url, server.key);
  const deliveries: Delivery[] = [];
  const receiver = await startReceiver((delivery) => {
    deliveries.push(delivery);
    tellDelivery(delivery, timeline);
  });
  let desk: Desk | null = null;
  try {
    timeline.heading('Corner Telephony opens its desk');
    desk = await openDesk(client, receiver, timeline);

    timeline.heading('Two calls come in');
    timeline.note('Promised to both: a response within 4 seconds, service restored within 12.');
    const run = randomBytes(4).toString('hex');
    await playCalls(desk.webhookUrl, run, timeline);
    const bakery = await findTicket(client, `${run}-bakery`, bakeryNumber);
    const dentist = await findTicket(client, `${run}-dentist`, dentistNumber);
    timeline.happened('ticket', `${bakery.reference} for the bakery, ${dentist.reference} for the dentist`);
    await client.post(`/v1/tickets/${bakery.id}/restore`, { note: 'The trunk is registered again.' });
    timeline.happened('api', `${bakery.reference}: service restored`);

    timeline.heading('No one calls the dentist back');
    await until(() => deliveries.some((each) => isFor(each, dentist.id, 'SlaBreached')), breachPatience);

    timeline.heading('Afterwards: why?');
    const met = await tellClock(client, bakery, 'the bakery', timeline);
    const breached = !(await tellClock(client, dentist, 'the dentist', timeline));
    await client.post(`/v1/tickets/${dentist.id}/resolve`, { resolution: 'Called back, and said sorry.' });
    timeline.happened('api', `${dentist.reference}: called back, and resolved`);
    const verified = deliveries.length > 0 && deliveries.every((each) => each.verified);
    return { met, breached, verified };
  } finally {
    // The server may be somebody's own: what would go on sending to this process, or let it be called, is removed.
    if (desk !== null) {
      await client.delete(`/v1/subscriptions/${desk.subscriptionId}`);
      await client.delete(`/v1/integrations/${desk.integrationId}`);
    }
    receiver.close();
  }
}

interface Desk {
  webhookUrl: string;
  subscriptionId: string;
  integrationId: string;
}

async function openDesk(
  client: Client,
  receiver: Awaited<ReturnType<typeof startReceiver>>,
  timeline: Timeline,
): Promise<Desk> {
  const catalog = await readFile(new URL('../provider.yaml', import.meta.url), 'utf8');
  await client.put('/v1/catalogs/corner-telephony', catalog, 'application/yaml');
  timeline.happened('api', 'a catalog of its own is published, with promises in seconds');
  for (const [id, name, number] of [
    ['corner-bakery', 'Corner Bakery', bakeryNumber],
    ['corner-dentist', 'Corner Dentist', dentistNumber],
  ] as const) {
    await client.put(`/v1/customers/${id}`, {
      name,
      contacts: [{ name: 'Reception', phones: [`+${number}`] }],
    });
    await client.put(`/v1/contracts/${id}`, { customerId: id, plan: 'corner-telephony/quick' });
    timeline.happened(
      'api',
      `${name} has a contract, ${'corner-telephony/quick'}, and the number +${number}`,
    );
  }
  const subscription = await client.post('/v1/subscriptions', {
    name: 'Demo',
    channel: 'webhook',
    url: receiver.url,
  });
  receiver.trust(String(subscription.secret));
  timeline.happened('api', `warnings and breaches go to ${receiver.url}, signed`);
  const integration = await client.post('/v1/integrations', {
    adapter: 'zammad-cti',
    name: 'Demo PBX',
    defaultCountry: 'DE',
    timeZone,
    catalog: 'corner-telephony',
  });
  timeline.happened('api', 'the phone system is connected');
  return {
    webhookUrl: String(integration.webhookUrl),
    subscriptionId: String(subscription.id),
    integrationId: String(integration.id),
  };
}

async function playCalls(webhookUrl: string, run: string, timeline: Timeline): Promise<void> {
  const steps: CallStep[] = [
    ...answeredCall(`${run}-bakery`, bakeryNumber, providerNumber),
    ...missedCall(`${run}-dentist`, dentistNumber, providerNumber),
  ].sort((a, b) => a.after - b.after);
  const begin = performance.now();
  for (const { after, says, contentType, body } of steps) {
    await pause(after * 1_000 - (performance.now() - begin));
    const response = await fetch(webhookUrl, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
    });
    timeline.happened(
      'phone',
      `${says} ${response.ok ? '' : bad(`(answered ${response.status})`)}`.trimEnd(),
    );
  }
}

interface TicketFacts {
  id: string;
  reference: string;
}

async function findTicket(client: Client, callId: string, number: string): Promise<TicketFacts> {
  let found: Json | undefined;
  await until(async () => {
    const { items } = (await client.get(`/v1/tickets?q=${encodeURIComponent(`+${number}`)}`)) as {
      items: Json[];
    };
    found = items.find(({ calls }) => (calls as Json[]).some((call) => call.callId === callId));
    return found !== undefined;
  }, breachPatience);
  return found as unknown as TicketFacts;
}

function tellDelivery({ event, verified }: Delivery, timeline: Timeline): void {
  const { ticket, objective, dueAt, targetAt } = event.data as Record<string, string> & {
    ticket: TicketFacts;
  };
  const due = dueAt ?? targetAt;
  const late = due === undefined ? '' : `, ${Date.now() - Date.parse(due)} ms after the instant`;
  const signature = verified ? good('signature verified') : bad('signature WRONG');
  const words = event.type === 'SlaBreached' ? bad(event.type) : event.type;
  timeline.happened('webhook', `${words} ${objective} of ${ticket.reference} received${late} (${signature})`);
}

/** Prints the response clock's explanation; true when the clock was met in time. */
async function tellClock(
  client: Client,
  ticket: TicketFacts,
  who: string,
  timeline: Timeline,
): Promise<boolean> {
  const explained = (await client.get(`/v1/tickets/${ticket.id}/clocks/response/explanation`)) as {
    clock: { state: string };
    ledger: { from: string; to: string; kind: string; counted: string }[];
    sentence: string;
  };
  const met = explained.clock.state === 'met';
  timeline.happened(
    'clock',
    `${who}, ${ticket.reference}: ${met ? good('met') : bad(explained.clock.state)}`,
  );
  timeline.note(`           ${explained.sentence}`);
  timeline.note(`           The ledger behind it, in local time (${timeZone}):`);
  for (const { from, to, kind, counted } of explained.ledger) {
    timeline.note(`           ${localTime(from)} to ${localTime(to)}  ${kind.padEnd(9)} ${counted}`);
  }
  return met;
}

const clockTime = new Intl.DateTimeFormat('en-GB', {
  timeZone,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/** `14:03:07.250`, in the provider's zone. */
function localTime(instant: string): string {
  return clockTime.format(new Date(instant));
}

function isFor({ event }: Delivery, ticketId: string, type: string): boolean {
  return event.type === type && (event.data.ticket as Json | undefined)?.id === ticketId;
}

async function until(check: () => boolean | Promise<boolean>, patience: number): Promise<void> {
  const end = performance.now() + patience;
  while (!(await check())) {
    if (performance.now() > end)
      throw new Error('what was waited for did not happen; is the server busy with something else?');
    await pause(50);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}
