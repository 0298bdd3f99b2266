import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** Works through the checklists of CONTRIBUTING.md on a copy of the code: nothing else needs to be touched. */

const root = fileURLToPath(new URL('../', import.meta.url));
const parts = ['packages', 'services'];
const run = promisify(execFile);
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'ringback-checklists-'));
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const file of ['package.json', 'tsconfig.base.json']) await cp(join(root, file), join(copy, file));
  const include = parts.map((part) => `${part}/*/src`);
  await writeFile(
    join(copy, 'tsconfig.json'),
    JSON.stringify({ extends: './tsconfig.base.json', include, exclude: ['**/*.test.ts', '**/testing/**'] }),
  );
});
beforeEach(async () => {
  for (const part of parts) {
    await rm(join(copy, part), { recursive: true, force: true });
    // Links between the packages stay relative, so that they lead to the copy.
    await cp(join(root, part), join(copy, part), { recursive: true, verbatimSymlinks: true });
  }
});
afterAll(() => rm(copy, { recursive: true, force: true }));

async function insert(file: string, before: string, text: string): Promise<void> {
  const path = join(copy, file);
  const present = await readFile(path, 'utf8');
  expect([file, present.split(before).length - 1]).toEqual([file, 1]);
  await writeFile(
    path,
    present.replace(before, () => text + before),
  );
}

async function add(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(copy, file)), { recursive: true });
  await writeFile(join(copy, file), text);
}

/** The files that do not compile. */
async function faults(): Promise<string[]> {
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { stdout } = await run(tsc, ['-p', copy, '--pretty', 'false'], { cwd: copy }).catch(
    (error: { stdout: string }) => error,
  );
  const files = [...stdout.matchAll(/^(\S+?)\(\d+,\d+\): error/gm)].map(([, file = '']) =>
    relative(copy, join(copy, file)),
  );
  return [...new Set(files)].sort();
}

async function evaluate(program: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: copy });
  return JSON.parse(stdout);
}

describe('The checklist of', { timeout: 300_000 }, () => {
  it('a phone system is complete: a folder and a line', async () => {
    await add(
      'packages/adapters/src/toy/toy.ts',
      `import type { Adapter } from '../adapter.ts';
      import { readFields, textOf } from '../fields/body.ts';
      export const toy: Adapter = {
        name: 'toy',
        async normalise(delivery) {
          const fields = await readFields(delivery);
          const callId = textOf(fields, 'ring');
          if (callId === null) return [];
          const unknown = { from: null, to: null, answeredBy: null, cause: null, originCallId: null, queue: null };
          return [
            { ...unknown, kind: 'ringing', callId, direction: 'in', voicemail: false, occurredAt: null },
          ];
        },
        answer: { status: 204, contentType: 'text/plain', body: '' },
      };`,
    );
    const list = 'packages/adapters/src/adapters.ts';
    await insert(list, 'import { zammadCti }', "import { toy } from './toy/toy.ts';\n");
    await insert(list, '[zammadCti.name]: zammadCti', '[toy.name]: toy, ');
    expect(await faults()).toEqual([]);
    const names = await evaluate(
      `import { adapterNames } from './packages/adapters/src/index.ts'; console.log(JSON.stringify(adapterNames));`,
    );
    expect(names).toContain('toy');
  });

  it('a channel is complete: an entry, a folder and a line, which the compiler asks for', async () => {
    await insert(
      'packages/domain/src/administration/notification-channels.ts',
      '  email: { target',
      "  pager: { target: 'pagerNumber', address: z.string().regex(/^\\d{4,20}$/), isSigned: false },\n",
    );
    expect(await faults()).toEqual(['services/notification/src/channels/channels.ts']);
    await add(
      'services/notification/src/channels/pager/pager.ts',
      `import type { ServiceContext } from '@ringback/service-kit';
      import { delivered } from '../../delivery/outcome.ts';
      import type { Channel } from '../channel.ts';
      export const createPagerChannel = ({ logger }: ServiceContext): Channel => ({
        name: 'pager',
        hostOf: () => 'pager',
        notReady: null,
        send: async ({ target }) => {
          logger.info({ target }, 'paged');
          return delivered(null);
        },
        test: async () => delivered(null),
        close: async () => {},
      });`,
    );
    const list = 'services/notification/src/channels/channels.ts';
    await insert(
      list,
      'import { createWebhookChannel }',
      "import { createPagerChannel } from './pager/pager.ts';\n",
    );
    await insert(list, '    webhook: createWebhookChannel', '    pager: createPagerChannel(context),\n');
    expect(await faults()).toEqual([]);
    const read = await evaluate(`
      import { SubscriptionRequest } from './packages/domain/src/administration/index.ts';
      const faultsOf = (given) => SubscriptionRequest.safeParse({ channel: 'pager', name: 'A', ...given }).error?.issues.length ?? 0;
      console.log(JSON.stringify([{ pagerNumber: '4711' }, { pagerNumber: 'x' }, {}, { pagerNumber: '4711', email: 'a@b.example' }].map(faultsOf)));`);
    expect(read).toEqual([0, 1, 1, 1]);
  });

  it('a command and its event is complete: the compiler asks for each further place', async () => {
    await insert(
      'packages/domain/src/ticket/commands/commands.ts',
      '  acknowledge: z\n',
      "  escalate: z.strictObject({ note, occurredAt }).meta({ description: 'Escalates the ticket.' }),\n",
    );
    await insert(
      'packages/domain/src/ticket/events/events.ts',
      '  TicketAcknowledged: { v: 1',
      '  TicketEscalated: { v: 1, data: z.strictObject({ note: Text.nullable() }) },\n',
    );
    const further = {
      'packages/domain/src/ticket/commands/rules.ts': [
        '  acknowledge: ({',
        "  escalate: ({ body }) => [newTicketEvent('TicketEscalated', { note: body.note ?? null })],\n",
      ],
      'packages/domain/src/ticket/ticket.ts': ['  TicketAcknowledged: (', '  TicketEscalated: () => ({}),\n'],
      'packages/domain/src/ticket/events/event-traits.ts': [
        '  TicketAcknowledged: {',
        `  TicketEscalated: {
          ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: null, answersCaller: false },
          clocks: { verdict: null, meets: [], starts: [], data: null },
        },\n`,
      ],
      'packages/api/src/ticket/field-visibility.ts': [
        '  TicketAcknowledged: note',
        '  TicketEscalated: note,\n',
      ],
      'services/intake/src/commands/routes.ts': [
        "  acknowledge: 'acknowledgeTicket'",
        "  escalate: 'escalateTicket',\n",
      ],
      'packages/api/src/events/ticket-examples.ts': [
        '  TicketAcknowledged: {',
        "  TicketEscalated: { summary: 'The ticket was escalated.', example: { note: null } },\n",
      ],
    } as const;
    const last = 'packages/api/src/ticket/field-visibility.ts';
    const asked = Object.keys(further).filter((file) => file !== last);
    expect(await faults()).toEqual(expect.arrayContaining(asked));
    for (const file of asked) {
      const [before, text] = further[file as keyof typeof further];
      await insert(file, before, text);
    }
    expect(await faults()).toEqual([last]);
    await insert(last, ...further[last]);
    expect(await faults()).toEqual([]);
  });

  it('a configuration variable is complete: one field, which the README’s table follows', async () => {
    await insert(
      'packages/service-kit/src/process/configuration.ts',
      '  LOG_LEVEL:',
      "  TOY_SIZE: wholeNumber(1, 9).default(3).meta({ meaning: 'How large the toy is.' }),\n",
    );
    expect(await faults()).toEqual([]);
    const row = await evaluate(`
      import { configurationTable } from './packages/service-kit/src/index.ts';
      console.log(JSON.stringify(configurationTable.find(({ name }) => name === 'TOY_SIZE')));`);
    expect(row).toMatchObject({ name: 'TOY_SIZE', default: '3' });
  });
});
