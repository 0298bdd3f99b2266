import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RecordedEvent } from '../port.ts';
import { appendTo, createLogDatabase, type LogDatabase, note } from '../testing/log-database.ts';
import { inTransaction } from '../transaction.ts';
import { createCheckpoint } from './checkpoint.ts';
import { createInHand, type InHand } from './in-hand.ts';

let database: LogDatabase;
let events: RecordedEvent[];
beforeAll(async () => {
  database = await createLogDatabase();
  const log = database.openLog();
  for (let nth = 0; nth < 4; nth += 1) await log.append(appendTo(randomUUID(), note('x')));
  events = await log.readAll({ after: 0, limit: 10 });
});
beforeEach(async () => {
  await database.pool.query(
    'truncate consumer.batches_in_hand, consumer.suspect_events, consumer.checkpoints',
  );
  await createCheckpoint(database.pool, 'consumer', 'consumer.test').load(0);
});
afterAll(() => database?.drop());

const head = 1_000;
/** What a process knows of after its start. */
async function started(): Promise<InHand> {
  const inHand = createInHand(database.pool, 'consumer', 'consumer.test');
  await inHand.load(head);
  return inHand;
}
const sizes = (inHand: InHand) => inHand.lotsOf(events).map(({ length }) => length);
const end = (inHand: InHand, of: RecordedEvent[]) =>
  inTransaction(database.pool, (transaction) => inHand.end(transaction, of));

it('What a process had in hand when it ended is tried one by one by the next, and counts for nothing once applied', async () => {
  await (await started()).begin(events.slice(1, 3));
  const next = await started();
  expect(sizes(next)).toEqual([1, 1, 1, 1]);
  expect(next.endsProcess(events)).toBe(false);
  for (const event of events) {
    await next.begin([event]);
    await end(next, [event]);
  }
  expect(sizes(await started())).toEqual([4]);
});

it('An event is to be parked when three processes have ended with it in hand, and no other', async () => {
  const [first, second] = [events.slice(0, 1), events.slice(1, 2)];
  await (await started()).begin(events);
  await (await started()).begin(second);
  await (await started()).begin(second);
  const last = await started();
  expect(last.endsProcess(second)).toBe(true);
  expect(last.endsProcess(first)).toBe(false);
});

it('A batch that its own process tries again, after a lost connection, is in hand once', async () => {
  const process = await started();
  for (let nth = 0; nth < 5; nth += 1) await process.begin(events);
  const next = await started();
  expect(next.endsProcess(events)).toBe(false);
  const { rows } = await database.pool.query('select max(ends) as ends from consumer.suspect_events');
  expect(rows).toEqual([{ ends: 1 }]);
});

it('What a process that lives has in hand is not taken for what one that ended had', async () => {
  const process = await started();
  await process.begin(events);
  await inTransaction(database.pool, async (transaction) => {
    await process.end(transaction, events);
    expect(sizes(await started())).toEqual([4]);
  });
});

it('An orderly end leaves no suspicion, and nothing is recorded once the log of the start is applied', async () => {
  const ended = await started();
  await ended.begin(events);
  await ended.release();
  const process = await started();
  expect(sizes(process)).toEqual([4]);
  process.passed(head);
  await process.begin(events);
  expect((await database.pool.query('select from consumer.batches_in_hand')).rowCount).toBe(0);
});

it('Suspicions of what is applied by now are forgotten', async () => {
  await (await started()).begin(events);
  await database.pool.query('update consumer.checkpoints set position = $1', [events[2]?.position]);
  expect(sizes(await started())).toEqual([3, 1]);
});
