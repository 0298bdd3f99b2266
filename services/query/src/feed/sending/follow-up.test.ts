import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { createTurns } from '../../turns.ts';
import { createRecentEvents } from '../reading/recent-events.ts';
import { followUp } from './follow-up.ts';
import { createListener } from './listener.ts';

it('a listener has every event at the moment it joins the audience, even while events arrive', async () => {
  const recent = createRecentEvents(10, { events: 10, bytes: 1_000 });
  const socket = { write: () => true, writableNeedDrain: false, destroyed: false } as unknown as Socket;
  const filter = { customerId: null, ticketId: null, types: null };
  const listener = createListener({
    raw: {} as ServerResponse,
    socket,
    filter,
    keyId: 'key',
    position: 10,
    clock: { tick: 0 },
  });
  let left = 100;
  const append = () => {
    recent.push([], recent.end() + 1);
    left -= 1;
    if (left > 0) queueMicrotask(append);
  };
  append();
  const joined: [number, number][] = [];
  await followUp(listener, {
    recent,
    pages: { read: () => Promise.reject(new Error('not needed')), forget: () => {} },
    turns: createTurns(1_000),
    onCaughtUp: ({ position }) => joined.push([position, recent.end()]),
  });
  expect(joined).toHaveLength(1);
  expect(joined[0]?.[0]).toBe(joined[0]?.[1]);
  expect(left).toBeGreaterThan(0);
});
