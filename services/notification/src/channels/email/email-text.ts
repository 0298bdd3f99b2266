import type { TicketCloudEvent } from '@ringback/domain/ticket';

export interface EmailText {
  subject: string;
  text: string;
  html: string;
}

/** What the event itself does not say. */
export interface EmailFacts {
  publicUrl: string;
  customerName: string | null;
  /** The provider's; instants are told in it. Null: UTC. */
  timeZone: string | null;
  /** It goes to whoever is on call. */
  onCall: boolean;
}

interface Data {
  ticket: {
    id: string;
    reference: string;
    subject: string;
    customerId: string | null;
    priority: string;
    plan: string | null;
  };
  objective?: string;
  occurrence?: number;
  targetAt?: string;
  dueAt?: string;
  breachedAt?: string;
  after?: { targetAt: string | null; dueAt: string | null };
  notStanding?: ('target' | 'max')[];
  channel?: string;
  caller?: { raw: string | null; e164: string | null; name: string | null } | null;
}

interface Words {
  headline: string;
  paragraph: string;
}

const objectiveNames: { [objective: string]: string } = {
  restore: 'restoration of service',
  'on-site': 'visit on site',
  update: 'next update',
  replacement: 'replacement of equipment',
};
const longestSubject = 250;

/** The words of a notification: what happened, to which ticket, and where to look. Plain text and simple HTML. */
export function emailText(event: TicketCloudEvent, facts: EmailFacts): EmailText {
  const data = event.data as unknown as Data;
  const { ticket } = data;
  const at = (instant: string | undefined) => formatInstant(instant, facts.timeZone);
  const { headline, paragraph } = wordsFor(event.type, data, facts.onCall, at);
  const rows: [label: string, value: string][] = [
    ['Ticket', `${ticket.reference}, ${ticket.subject}`],
    ['Customer', customerLine(ticket.customerId, facts.customerName)],
    ...(event.type === 'TicketOpened' ? ([['Reached us', reachedLine(data)]] as [string, string][]) : []),
    ['Priority', ticket.priority],
    ['Plan', ticket.plan ?? 'none'],
    ['Happened', at(event.time)],
  ];
  const ticketUrl = `${facts.publicUrl.replace(/\/$/, '')}/v1/tickets/${ticket.id}`;
  return compose(`[${ticket.reference}] ${headline}: ${ticket.subject}`, paragraph, rows, [
    ['History', `${ticketUrl}/events`],
    ['Clocks', `${ticketUrl}/clocks`],
  ]);
}

/** What `POST /v1/subscriptions/{id}/test` sends. */
export function testEmailText(subscriptionName: string): EmailText {
  const paragraph = `This is a test of the subscription “${subscriptionName}”. Notifications reach this address.`;
  return compose('Test of a subscription', paragraph, [], []);
}

function wordsFor(
  type: string,
  { objective = '', occurrence = 1, targetAt, dueAt, breachedAt, after, notStanding = [] }: Data,
  onCall: boolean,
  at: (instant: string | undefined) => string,
): Words {
  const name = objectiveNames[objective] ?? objective;
  const promise = occurrence > 1 ? `${name} (no. ${occurrence})` : name;
  switch (type) {
    case 'SlaTargetMissed':
      return {
        headline: `${promise} target missed`,
        paragraph: `The target for the ${promise} passed at ${at(targetAt)}. The promise still stands, but it is at risk.`,
      };
    case 'SlaBreached':
      return {
        headline: `${promise} breached`,
        paragraph: `The promise for the ${promise} is broken: it was due by ${at(dueAt)}.`,
      };
    case 'SlaBreachRetracted':
      return {
        headline: `${promise} breach taken back`,
        paragraph:
          `The breach of the promise for the ${promise} at ${at(breachedAt)}, of which you were told, is taken back: ` +
          'what has come to light since shows that it did not happen.',
      };
    case 'DeadlineReplanned':
      return {
        headline: `${promise} re-planned`,
        paragraph: replannedParagraph(promise, after?.dueAt ?? null, notStanding, at),
      };
    case 'TicketOpened':
      return onCall
        ? {
            headline: 'on call',
            paragraph: 'A ticket was opened that whoever is on call must hear of at once.',
          }
        : { headline: 'opened', paragraph: 'A ticket was opened.' };
    default: {
      const words = type.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
      return { headline: words, paragraph: `The ticket has a new event: ${words}.` };
    }
  }
}

function replannedParagraph(
  promise: string,
  dueAt: string | null,
  notStanding: readonly string[],
  at: (instant: string) => string,
): string {
  const due = dueAt === null ? 'the clock stands still while it is held' : `it is due by ${at(dueAt)}`;
  const planned = `The hours or the plan were amended. As planned now for the ${promise}, ${due}.`;
  if (notStanding.includes('max'))
    return `${planned} The breach of which you were told stays on record, but would not have happened under this plan.`;
  if (notStanding.includes('target'))
    return `${planned} The warning of which you were told would not have been given under this plan.`;
  return planned;
}

function customerLine(id: string | null, name: string | null): string {
  if (id === null) return 'not known yet';
  return name === null ? id : `${name} (${id})`;
}

function reachedLine({ channel = 'unknown', caller }: Data): string {
  const number = caller?.e164 ?? caller?.raw ?? null;
  return [channel, number, caller?.name ?? null].filter((part) => part !== null).join(', ');
}

/** As people read it, in the given zone, which is named. */
function formatInstant(instant: string | undefined, timeZone: string | null): string {
  if (instant === undefined) return 'an instant that is not known';
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone: timeZone ?? 'UTC',
    timeZoneName: 'short',
  }).format(new Date(instant));
}

/** Whatever a caller wrote into a ticket's subject stays on one line, and is text. */
function compose(
  subject: string,
  paragraph: string,
  rows: [label: string, value: string][],
  links: [label: string, url: string][],
): EmailText {
  const lines = [...rows, ...links].map(([label, value]) => [label, oneLine(value)] as const);
  const width = Math.max(0, ...lines.map(([label]) => label.length)) + 2;
  const text = [
    paragraph,
    '',
    ...lines.map(([label, value]) => `${`${label}:`.padEnd(width)} ${value}`),
    '',
  ].join('\n');
  const cells = rows.map(
    ([label, value]) =>
      `<tr><th align="left">${escapeHtml(label)}</th><td>${escapeHtml(oneLine(value))}</td></tr>`,
  );
  const anchors = links.map(([label, url]) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`);
  const html = [
    '<!doctype html>',
    '<html lang="en"><body>',
    `<p>${escapeHtml(paragraph)}</p>`,
    ...(cells.length === 0 ? [] : ['<table cellpadding="4">', ...cells, '</table>']),
    ...(anchors.length === 0 ? [] : [`<p>${anchors.join(' · ')}</p>`]),
    '</body></html>',
    '',
  ].join('\n');
  return { subject: oneLine(subject).slice(0, longestSubject), text, html };
}

/** Line ends of every kind, and what cannot be printed, become spaces: a header that goes on would be another one. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();

const entities: { [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
