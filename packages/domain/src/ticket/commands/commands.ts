import * as z from 'zod';
import { plainText } from '../../common/plain-text.ts';
import { Channel, HoldReason, Instant } from '../vocabulary.ts';

const Identifier = plainText(200);
const Body = plainText(65_536);

const occurredAt = Instant.optional().meta({
  description:
    'When it happened: not in the future and not before the opening. Default: when it is recorded. Not for a ' +
    'customer’s own key, which cannot date what it does.',
  example: '2026-03-02T09:10:00.000Z',
});
const note = Body.optional().meta({
  description: 'Kept with the event.',
  example: 'Called back, no answer.',
});

/** The body of every command on a ticket: its name in the route → its schema. All fields are checked strictly. */
export const commandSchemas = {
  acknowledge: z
    .strictObject({ note, occurredAt })
    .meta({ description: 'A person has taken notice. Meets `response`.' }),
  assign: z
    .strictObject({
      assignee: Identifier.nullable().meta({
        description: 'Who works on it; null takes the assignment back.',
        example: 'emma@provider.example',
      }),
      occurredAt,
    })
    .meta({ description: 'Give the ticket to somebody. Meets no clock.' }),
  reply: z
    .strictObject({
      from: z.enum(['agent', 'customer']).default('agent').meta({ description: 'Who speaks.' }),
      text: Body.meta({ description: 'What was said.', example: 'Your trunk is registered again.' }),
      channel: Channel.default('portal').meta({ description: 'How it was said.' }),
      contactId: Identifier.optional().meta({
        description: 'Which of the customer’s contacts speaks; only with `from: customer`.',
        example: 'reception',
      }),
      occurredAt,
    })
    .refine((reply) => reply.contactId === undefined || reply.from === 'customer', {
      path: ['contactId'],
      message: 'belongs to a reply from the customer',
    })
    .meta({
      description:
        'A word of the agent meets `response` and `update`. A word of the customer reopens a resolved ticket.',
    }),
  note: z
    .strictObject({ text: Body.meta({ description: 'Seen by staff only.', example: 'Line 3.' }), occurredAt })
    .meta({ description: 'An internal remark. Meets no clock.' }),
  'set-priority': z
    .strictObject({
      priority: Identifier.meta({ description: 'A priority of the ticket’s catalog.', example: 'urgent' }),
      occurredAt,
    })
    .meta({ description: 'Change the priority; every open clock takes the new priority’s promise.' }),
  hold: z
    .strictObject({
      reason: HoldReason.meta({ description: 'What is waited for.', example: 'awaiting-customer' }),
      note,
      occurredAt,
    })
    .meta({ description: 'Pause the clocks that stop for this reason.' }),
  release: z
    .strictObject({
      reason: HoldReason.meta({ description: 'What is waited for no longer.', example: 'awaiting-customer' }),
      occurredAt,
    })
    .meta({ description: 'End the hold of this reason, and no other.' }),
  'mark-out-of-scope': z
    .strictObject({
      reason: Body.meta({ description: 'Why the contract does not cover it.', example: 'Relocation.' }),
      occurredAt,
    })
    .meta({ description: 'The contract does not cover it: the ticket becomes chargeable.' }),
  'identify-customer': z
    .strictObject({
      customerId: Identifier.meta({ description: 'Whose ticket it is.', example: 'corner-bakery' }),
      contactId: Identifier.optional().meta({
        description: 'Who of the customer called.',
        example: 'reception',
      }),
      contractId: Identifier.optional().meta({
        description: 'Needed where the customer has several contracts and not exactly one is active.',
        example: 'corner-bakery-2026',
      }),
      priority: Identifier.optional().meta({
        description: 'Under the customer’s plan. Default: the present one where the plan knows it.',
        example: 'normal',
      }),
      occurredAt,
    })
    .meta({ description: 'Say whose ticket it is. Its clocks count from the opening.' }),
  'start-intervention': z
    .strictObject({ note, occurredAt })
    .meta({ description: 'Work on the fault begins. Meets `intervention` and `response`.' }),
  'determine-equipment-fault': z
    .strictObject({
      equipment: Identifier.optional().meta({ description: 'What is broken.', example: 'Gateway GX-8' }),
      note,
      occurredAt,
    })
    .meta({ description: 'Equipment must be replaced. Starts `replacement`.' }),
  'dispatch-replacement': z
    .strictObject({
      carrier: Identifier.optional().meta({ description: 'Who carries it.', example: 'Next Day Parcels' }),
      trackingNumber: Identifier.optional().meta({ description: 'The carrier’s.', example: 'ND123456789' }),
      occurredAt,
    })
    .meta({ description: 'The replacement is on its way. Needs an equipment fault.' }),
  'replacement-delivered': z
    .strictObject({ note, occurredAt })
    .meta({ description: 'The replacement arrived. Meets `replacement`; needs an equipment fault.' }),
  'determine-on-site-visit': z
    .strictObject({ note, occurredAt })
    .meta({ description: 'An engineer must go there. Starts `on-site`.' }),
  'engineer-arrived': z
    .strictObject({
      engineer: Identifier.optional().meta({ description: 'Who arrived.', example: 'Christopher Miller' }),
      occurredAt,
    })
    .meta({ description: 'Meets `on-site`; needs an on-site visit.' }),
  restore: z
    .strictObject({ note, occurredAt })
    .meta({ description: 'Service works again, be the cause found or not. Meets `restore`.' }),
  resolve: z
    .strictObject({
      resolution: Body.optional().meta({ description: 'What was done.', example: 'Replaced the gateway.' }),
      occurredAt,
    })
    .meta({ description: 'Done, from the provider’s side. Releases every hold.' }),
  reopen: z
    .strictObject({
      reason: Body.optional().meta({ description: 'Why it is not done.', example: 'It happened again.' }),
      occurredAt,
    })
    .meta({ description: 'Take the ending back.' }),
  close: z
    .strictObject({
      reason: Body.optional().meta({
        description: 'Needed where the ticket was not resolved before.',
        example: 'The customer withdrew it.',
      }),
      occurredAt,
    })
    .meta({ description: 'Done, from the customer’s side. On an open ticket it cancels the open clocks.' }),
  decline: z
    .strictObject({
      reason: Body.meta({ description: 'Why it is not taken on.', example: 'Third-party network.' }),
      occurredAt,
    })
    .meta({ description: 'Not taken on. Cancels the open clocks.' }),
  'log-work': z
    .strictObject({
      minutes: z
        .number()
        .min(0.01)
        .max(100_000)
        .multipleOf(0.01)
        .meta({ description: 'Time spent, to the hundredth.', example: 25 }),
      kind: z.enum(['remote', 'on-site', 'travel']).default('remote').meta({ description: 'Where.' }),
      role: Identifier.optional().meta({
        description: 'The rate it is charged at, as the catalog names it.',
        example: 'technician',
      }),
      note,
      occurredAt,
    })
    .meta({ description: 'Record time spent. Meets no clock.' }),
  'agree-turnaround': z
    .strictObject({
      dueAt: Instant.meta({
        description: 'When it will be done: in the future.',
        example: '2026-03-06T15:00:00.000Z',
      }),
      occurredAt,
    })
    .meta({ description: 'Agree with the customer when it will be resolved, where the plan offers that.' }),
} as const;

export type CommandName = keyof typeof commandSchemas;
export const commandNames = Object.keys(commandSchemas) as CommandName[];

/** The body of a command as it is decided: defaults filled in. */
export type CommandBody<N extends CommandName> = z.output<(typeof commandSchemas)[N]>;

/** What is asked of a ticket. Its fields have passed the command's schema. */
export type TicketCommand = { [N in CommandName]: { name: N; body: CommandBody<N> } }[CommandName];
