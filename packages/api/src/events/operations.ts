import type { channels } from './channels.ts';
import type { JsonSchema } from './json-schema.ts';

const send = (channel: keyof typeof channels, summary: string, more: object = {}) => ({
  action: 'send' as const,
  channel: { $ref: `#/channels/${channel}` },
  summary,
  ...more,
});

/** The query of `GET /v1/feed`, as `/openapi.json` has it. */
const feedQuery: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    types: { type: 'string', description: 'Event types, separated by commas.' },
    only: { type: 'string', enum: ['breaches'], description: 'Warnings, breaches and retractions.' },
    ticket: { type: 'string', format: 'uuid' },
    lastEventId: { type: 'integer', minimum: 0, description: 'As the header `Last-Event-ID`.' },
    log: {
      type: 'string',
      maxLength: 100,
      description: 'The `Ringback-Log` that the position belongs to; 410 if the log is another one.',
    },
  },
};

/** What Ringback does on its channels: it sends. */
export const operations = {
  publishTicketEvents: send('ticketEvents', 'Publish each event of a ticket'),
  publishBreaches: send('breaches', 'Publish each warning, breach and retraction'),
  publishAdministrationEvents: send('administrationEvents', 'Publish each change of the administration'),
  sendFeed: send('feed', 'Send events to whoever follows', {
    security: [{ $ref: '#/components/securitySchemes/key' }],
    bindings: { http: { method: 'GET', query: feedQuery, bindingVersion: '0.3.0' } },
  }),
  sendWebhook: send('webhooks', 'Tell a subscriber', {
    bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
  }),
};
