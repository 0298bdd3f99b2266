import { randomUUID } from 'node:crypto';
import { eventually } from '@ringback/test-kit';
import { it } from 'vitest';
import { appendTo, createLogDatabase, note } from '../testing/log-database.ts';
import { describeSubscriptions } from '../testing/subscription-contract.ts';

describeSubscriptions(() => createLogDatabase());

it('wakes listeners of other processes by a notification', async () => {
  const database = await createLogDatabase();
  try {
    const log = database.openLog();
    const heard: number[] = [];
    database.openLog().onAppended((position) => heard.push(position));
    await eventually(async () => {
      const { position } = await log.append(appendTo(randomUUID(), note('x')));
      await eventually(() => heard.includes(position), { timeout: 500 });
    });
  } finally {
    await database.drop();
  }
});
