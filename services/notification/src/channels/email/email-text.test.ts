import type { TicketCloudEvent } from '@ringback/domain/ticket';
import { expect, it } from 'vitest';
import { emailText } from './email-text.ts';

const facts = { publicUrl: 'https://desk.example', customerName: null, timeZone: null, onCall: false };

function replanned(notStanding: string[], dueAt: string | null): TicketCloudEvent {
  return {
    specversion: '1.0',
    id: 'event',
    source: '/ringback/tickets',
    type: 'DeadlineReplanned',
    subject: 'ticket',
    time: '2026-03-03T10:00:00.000Z',
    datacontenttype: 'application/json',
    data: {
      objective: 'response',
      occurrence: 1,
      before: { targetAt: null, dueAt: '2026-03-02T17:00:00.000Z' },
      after: { targetAt: null, dueAt },
      notStanding,
      ticket: {
        id: 'ticket',
        reference: 'RB-1',
        subject: 'No dial tone',
        customerId: 'bakery',
        priority: 'normal',
        plan: null,
      },
    },
  } as unknown as TicketCloudEvent;
}

it.each([
  [
    ['max'],
    'The breach of which you were told stays on record, but would not have happened under this plan.',
  ],
  [['target'], 'The warning of which you were told would not have been given under this plan.'],
])('a re-plan that overtakes %s says so to whoever was told', (notStanding, sentence) => {
  const { subject, text } = emailText(replanned(notStanding, '2026-03-03T17:00:00.000Z'), facts);
  expect(subject).toBe('[RB-1] response re-planned: No dial tone');
  expect(text).toContain(sentence);
  expect(text).toContain('3 March 2026');
});

it('a re-plan of a clock that is held has no deadline to tell', () => {
  expect(emailText(replanned([], null), facts).text).toContain('the clock stands still while it is held');
});
