import { randomUUID } from 'node:crypto';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandReused, TextInvalid, VersionConflict } from '../errors.ts';
import { createEventLog } from '../event-log.ts';
import type { EventLog, RecordedEvent } from '../port.ts';
import { appendTo, createLogDatabase, type LogDatabase, note } from '../testing/log-database.ts';

let database: LogDatabase;
let log: EventLog;

beforeAll(async () => {
  database = await createLogDatabase();
  log = database.openLog();
});
afterAll(() => database.drop());

const ticket = (id: string) => ({ category: 'ticket' as const, id });
const metadata = { actor: 'service:test' };

async function expectDensePositions(): Promise<void> {
  const { rows } = await database.pool.query(
    `select count(*)::int as events, coalesce(max(position), 0)::int as last, (select position::int from log.head) as head,
       (select count(*)::int from (select recorded_at < lag(recorded_at) over (order by position) as back
        from log.events) t where back) as backwards from log.events`,
  );
  expect(rows[0]).toEqual({ events: rows[0].last, last: rows[0].last, head: rows[0].last, backwards: 0 });
}

describe('expected version', () => {
  it('"none" makes a stream once; the second learns the actual version', async () => {
    const id = randomUUID();
    const create = () =>
      log.append({
        appends: [{ stream: ticket(id), expected: 'none', events: [note('a'), note('b')] }],
        metadata,
      });
    expect(await create()).toMatchObject({ status: 'appended', streams: [{ version: 2 }] });
    await expect(create()).rejects.toMatchObject({ name: 'VersionConflict', expected: 0, actual: 2 });
  });

  it('an exact one is refused when the stream has moved on', async () => {
    const id = randomUUID();
    await log.append(appendTo(id, note('a')));
    const append = () =>
      log.append({ appends: [{ stream: ticket(id), expected: 1, events: [note('b')] }], metadata });
    expect((await append()).streams).toEqual([{ stream: ticket(id), version: 2 }]);
    await expect(append()).rejects.toBeInstanceOf(VersionConflict);
  });

  it('of two that race, in two processes too, one is appended and one refused', async () => {
    const other = database.openLog();
    for (let round = 0; round < 30; round += 1) {
      const id = randomUUID();
      const outcomes = await Promise.allSettled(
        [log, other, log].map((each) =>
          each.append({ appends: [{ stream: ticket(id), expected: 'none', events: [note('x')] }], metadata }),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected')
          expect(outcome.reason).toMatchObject({ name: 'VersionConflict', actual: 1 });
      }
    }
    await expectDensePositions();
  });
});

describe('one transaction', () => {
  it('takes several events and several tickets, all or none', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const outcome = await log.append({
      appends: [
        { stream: ticket(first), expected: 'none', events: [note('1'), note('2')] },
        { stream: ticket(second), expected: 'none', events: [note('3')] },
      ],
      metadata,
    });
    expect(outcome.streams.map(({ version }) => version)).toEqual([2, 1]);
    await expect(
      log.append({
        appends: [
          { stream: ticket(first), expected: 'any', events: [note('4')] },
          { stream: ticket(second), expected: 7, events: [note('5')] },
        ],
        metadata,
      }),
    ).rejects.toMatchObject({ stream: ticket(second), actual: 1 });
    expect(await log.readStream(ticket(first))).toHaveLength(2);
    const events = await log.readAll({ after: outcome.position - 3, limit: 3 });
    expect(events.map(({ data }) => data.text)).toEqual(['1', '2', '3']);
  });

  it('leaves no gap in the positions for a thousand refused among the good', async () => {
    const id = randomUUID();
    await log.append(appendTo(id, note('a')));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 2_000 }, (_, index) =>
        log.append(
          index % 2 === 0
            ? appendTo(randomUUID(), note(String(index)))
            : { appends: [{ stream: ticket(id), expected: 99, events: [note('no')] }], metadata },
        ),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1_000);
    await expectDensePositions();
  });
});

describe('a command', () => {
  const commanded = (id: string, commandId: string, fingerprint = 'f') =>
    log.append({
      ...appendTo(id, note('x')),
      command: { id: commandId, fingerprint, result: { status: 201 } },
    });

  it('that is repeated, also at the same time, appends once and gets the first outcome', async () => {
    const [id, commandId] = [randomUUID(), randomUUID()];
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => commanded(id, commandId)));
    expect(outcomes.filter(({ status }) => status === 'appended')).toHaveLength(1);
    expect(new Set(outcomes.map(({ position }) => position)).size).toBe(1);
    expect(outcomes.every(({ result }) => result?.status === 201)).toBe(true);
    expect(await log.readStream(ticket(id))).toHaveLength(1);
    expect(outcomes.flatMap(({ events }) => events)).toEqual(await log.readStream(ticket(id)));
    expect((await log.findCommand(commandId))?.outcome).toEqual({
      ...outcomes[0],
      status: 'repeated',
      events: [],
    });
  });

  it('with other content under the same id is refused', async () => {
    const [id, commandId] = [randomUUID(), randomUUID()];
    await commanded(id, commandId);
    await expect(commanded(id, commandId, 'g')).rejects.toBeInstanceOf(CommandReused);
  });

  it('without events is remembered too', async () => {
    const command = { id: randomUUID(), fingerprint: 'f', result: { status: 409 } };
    await log.append({ appends: [], command, metadata });
    expect(await log.append({ appends: [], command, metadata })).toMatchObject({
      status: 'repeated',
      result: { status: 409 },
    });
  });
});

describe('the events of an outcome', () => {
  it('are those that the log returns from then on, for many that are appended together', async () => {
    const ids = Array.from({ length: 8 }, () => randomUUID());
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, turn) => {
        const streams = ids
          .filter((_id, index) => (turn >> (index % 3)) % 2 === index % 2)
          .slice(0, turn % 4);
        return log.append({
          appends: streams.map((id, index) => ({
            stream: ticket(id),
            expected: 'any',
            events: [
              { ...note(`${turn}/${index}`), occurredAt: `2026-01-02T03:04:05.${100 + turn}+02:00` },
              ...Array.from({ length: turn % 3 }, () => ({ ...note('again'), id: randomUUID() })),
            ],
          })),
          metadata: { actor: 'service:test', requestId: String(turn) },
        });
      }),
    );
    const streams = await log.readStreams('ticket', ids);
    const inOrder = (events: RecordedEvent[]) => events.toSorted((a, b) => a.position - b.position);
    const returned = outcomes.flatMap(({ events }) => events);
    expect(returned.length).toBeGreaterThan(60);
    expect(inOrder(returned)).toEqual(inOrder([...streams.values()].flat()));
    for (const { events, position } of outcomes)
      if (events.length > 0) expect(events.at(-1)?.position).toBe(position);
  });

  it('are the same where the answer of the database was lost after the commit', async () => {
    let isLost = false;
    const pool = new Proxy(database.pool, {
      get(target, name) {
        if (name !== 'query') return Reflect.get(target, name);
        return async (query: { name?: string }, ...rest: []) => {
          const answer = await target.query(query as never, ...rest);
          if (isLost || query.name?.startsWith('ringback-append') !== true) return answer;
          isLost = true;
          throw Object.assign(new Error('terminating connection'), { code: '57P01' });
        };
      },
    });
    const [first, second] = [randomUUID(), randomUUID()];
    const unlucky = createEventLog({ pool, notifications: false });
    const { events, position, streams } = await unlucky.append({
      appends: [
        { stream: ticket(first), expected: 'any', events: [note('1'), note('2')] },
        { stream: ticket(second), expected: 'none', events: [note('3')] },
      ],
      metadata,
    });
    await unlucky.close();
    expect(isLost).toBe(true);
    expect(events).toEqual([
      ...(await log.readStream(ticket(first))),
      ...(await log.readStream(ticket(second))),
    ]);
    expect(events.map(({ data }) => data.text)).toEqual(['1', '2', '3']);
    expect(position).toBe(events.at(-1)?.position);
    expect(streams.map(({ version }) => version)).toEqual([2, 1]);
  });
});

describe('bad text', () => {
  it('is refused with its path and harms no one alongside it', async () => {
    const good = log.append(appendTo(randomUUID(), note('fine')));
    await expect(log.append(appendTo(randomUUID(), note('a\0b')))).rejects.toMatchObject({ path: '/text' });
    await expect(log.append(appendTo(randomUUID(), note('\ud800')))).rejects.toBeInstanceOf(TextInvalid);
    expect((await good).status).toBe('appended');
  });

  it('that only looks bad is stored as it is', async () => {
    const id = randomUUID();
    await log.append(appendTo(id, note('\\u0000 \\ud800 🙂')));
    expect((await log.readStream(ticket(id)))[0]?.data).toEqual({ text: '\\u0000 \\ud800 🙂' });
  });
});

describe('the instant of occurrence', () => {
  it('is the one given, else the instant of recording', async () => {
    const id = randomUUID();
    await log.append(appendTo(id, { ...note('then'), occurredAt: '2026-01-02T03:04:05.678Z' }, note('now')));
    const [then, now] = await log.readStream(ticket(id));
    expect(then?.occurredAt).toBe('2026-01-02T03:04:05.678Z');
    expect(now?.occurredAt).toBe(now?.recordedAt);
    expect(then?.recordedAt).toBe(now?.recordedAt);
  });
});

it('An append is made once, and its callers answered, where a listener to appends throws', async () => {
  const [one, other] = [database.openLog(), database.openLog()];
  const heard: string[] = [];
  for (const each of [one, other]) {
    each.onAppended(() => {
      throw new Error('a listener failed');
    });
    each.onAppended(() => heard.push(each === one ? 'one' : 'other'));
  }
  const id = randomUUID();
  expect((await one.append(appendTo(id, note('a')))).status).toBe('appended');
  // By a notification of the database, in a callback of its driver.
  await eventually(() => heard.includes('one') && heard.includes('other'));
  expect((await log.readStream(ticket(id))).map(({ version }) => version)).toEqual([1]);
});

describe('thirty-two writers in four processes', () => {
  it('leave positions dense, recording in order, and each stream 1..n', async () => {
    const logs = [log, ...Array.from({ length: 3 }, () => database.openLog())];
    const ids = Array.from({ length: 12 }, () => randomUUID());
    let appended = 0;
    await Promise.all(
      Array.from({ length: 32 }, async (_, writer) => {
        for (let turn = 0; turn < 25; turn += 1) {
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
          const each = logs[writer % logs.length] as EventLog;
          const events = Array.from({ length: 1 + (turn % 3) }, () => note(`${writer}/${turn}`));
          await each.append(appendTo(ids[(writer * 7 + turn) % ids.length] as string, ...events));
          appended += events.length;
        }
      }),
    );
    await expectDensePositions();
    const streams = await log.readStreams('ticket', ids);
    const versions = ids.map((id) => (streams.get(id) ?? []).map(({ version }) => version));
    for (const list of versions) expect(list).toEqual(list.map((_, index) => index + 1));
    expect(versions.flat()).toHaveLength(appended);
  });
});
