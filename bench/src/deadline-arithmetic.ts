import { readFileSync } from 'node:fs';
import { parseCatalog } from '@ringback/domain/catalog';
import {
  advance,
  type ClockEvent,
  compileCalendar,
  compilePlan,
  evaluate,
} from '@ringback/domain/service-level';
import dayjs from 'dayjs';
import businessTime from 'dayjs-business-time';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri'];
const base = Date.UTC(2026, 0, 5, 9);
const year = 31_536_000;

/** Deadlines a second on one core: eight-hour days, random starts in a year, one minute to sixteen hours. */
export function measureDeadlines(seconds: number): number {
  const calendar = compileCalendar({
    timeZone: 'Europe/London',
    hours: Object.fromEntries(weekdays.map((day) => [day, [['09:00', '17:00']]])),
    holidays: { region: 'GB-ENG' },
    exceptions: [],
  });
  let state = 12_345;
  let sink = 0;
  return perSecond(seconds, 100_000, () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    sink += advance(calendar, base + (state % year) * 1_000, (state & 63) * 900_000 + 60_000);
    return sink;
  });
}

/** The same with dayjs-business-time. */
export function measureDayjs(seconds: number): number {
  dayjs.extend(businessTime);
  const open = [{ start: '09:00:00', end: '17:00:00' }];
  const week = {
    sunday: null,
    monday: open,
    tuesday: open,
    wednesday: open,
    thursday: open,
    friday: open,
    saturday: null,
  };
  dayjs.setBusinessTime(week);
  let state = 12_345;
  return perSecond(seconds, 100, () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return dayjs(base + (state % year) * 1_000)
      .addBusinessMinutes((state & 63) * 15 + 1)
      .valueOf();
  });
}

/** Whole tickets a second: ten events, three clocks and more, with a hold and a change of priority. */
export function measureTickets(seconds: number): number {
  const text = readFileSync(new URL('../../catalogs/set-rate-contract.yaml', import.meta.url), 'utf8');
  const plan = compilePlan(
    parseCatalog(text, () => []),
    'set-rate',
  );
  const types = [
    'TicketOpened',
    'TicketAssigned',
    'TicketAcknowledged',
    'NoteAdded',
    'ClockHeld',
    'ClockReleased',
    'CustomerReplied',
    'PriorityChanged',
    'AgentReplied',
    'TicketResolved',
  ] as const;
  const events = types.map((type, index): ClockEvent => {
    const event = { id: null, type, at: base + index * 600_000 };
    if (type === 'TicketOpened') return { ...event, priority: 'important', covered: true };
    if (type === 'PriorityChanged') return { ...event, priority: 'low' };
    return type === 'ClockHeld' || type === 'ClockReleased'
      ? { ...event, reason: 'third-party-network' }
      : event;
  });
  const plans = [{ from: Number.NEGATIVE_INFINITY, plan, cause: null }];
  return perSecond(seconds, 1_000, () => evaluate({ plans, events, asOf: base + 7_200_000 }).clocks.length);
}

function perSecond(seconds: number, batch: number, run: () => number): number {
  for (let index = 0; index < batch; index += 1) run();
  const begin = performance.now();
  let done = 0;
  while (performance.now() - begin < seconds * 1_000) {
    for (let index = 0; index < batch; index += 1) run();
    done += batch;
  }
  return (done / (performance.now() - begin)) * 1_000;
}
