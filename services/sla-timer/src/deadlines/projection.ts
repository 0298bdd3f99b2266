import type { Directory } from '@ringback/directory';
import { asTicketEvent, movesClocks, typesWhere } from '@ringback/domain/ticket';
import type { EventLog, LogSubscription, RecordedEvent } from '@ringback/event-log';
import type { Due } from '@ringback/schedule';
import type { Pool } from 'pg';
import { dropStray, keepAssessments } from './deadline-store.ts';
import { type Assessment, assess, latestInstant, type Plans } from './service-levels.ts';

export interface ProjectionOptions {
  log: EventLog;
  directory: Plans & Pick<Directory, 'whenProcessed'>;
  pool: Pool;
  /** Told after the commit. */
  onKept(dues: Due[]): void;
}

export interface DeadlineProjection {
  subscription: LogSubscription;
  /** What this process has just appended need not be read and evaluated again when it comes along here. */
  expect(assessment: Assessment): void;
  /** Keeps what was found of tickets whose rows may be out of date, as these deadlines of theirs are. */
  refresh(assessments: Assessment[], fired: Due[]): Promise<void>;
}

const administrationWaitMilliseconds = 5_000;
/** Waking for each event costs as much as firing itself; the near deadlines of new tickets are far enough away. */
const debounceMilliseconds = 20;
const maximumExpected = 20_000;

/** They neither start, meet, hold nor move a clock, and do not change who owns the ticket. */
export const indifferentEvents: ReadonlySet<string> = new Set(
  typesWhere(
    (traits) => traits.clocks.verdict === null && !movesClocks(traits) && !traits.sets.includes('assignee'),
  ),
);

/** The subscription that keeps `sla_timer.deadlines` in step with the tickets. */
export function createDeadlineProjection(options: ProjectionOptions): DeadlineProjection {
  const { log, directory, pool, onKept } = options;
  const expected = new Map<string, Assessment>();
  let kept: Assessment[] = [];

  async function handle(
    events: RecordedEvent[],
    transaction: Parameters<typeof keepAssessments>[0],
  ): Promise<void> {
    kept = [];
    const last = events[events.length - 1] as RecordedEvent;
    // The catalog that a ticket was opened under lies before it in the log.
    await directory.whenProcessed(last.position, administrationWaitMilliseconds);
    const assessments = await assessTouched(events);
    if (assessments.length > 0) await keepAssessments(transaction, assessments, 'projection');
    kept = assessments;
  }

  /** From the batch itself where a ticket is new in it, else from its stream, up to what the batch has seen. */
  async function assessTouched(events: RecordedEvent[]): Promise<Assessment[]> {
    const assessments: Assessment[] = [];
    const histories = new Map<string, RecordedEvent[]>();
    const toRead: string[] = [];
    const touched = Map.groupBy(events, ({ streamId }) => streamId);
    for (const [id, inBatch] of touched) {
      const mine = expected.get(id);
      if (mine !== undefined && mine.version === versionOf(inBatch)) {
        assessments.push(mine);
        continue;
      }
      if (inBatch[0]?.version === 1) histories.set(id, inBatch);
      else if (inBatch.some(({ type }) => !indifferentEvents.has(type))) toRead.push(id);
    }
    for (const [id, history] of await log.readStreams('ticket', toRead)) {
      const until = versionOf(touched.get(id) ?? []);
      histories.set(
        id,
        history.filter(({ version }) => version <= until),
      );
    }
    for (const recorded of histories.values()) {
      const history = recorded.map(asTicketEvent);
      assessments.push(await assess(history, latestInstant(history), directory));
    }
    return assessments;
  }

  function onCommitted(): void {
    const assessments = kept;
    kept = [];
    for (const { ticketId, version } of assessments) {
      if ((expected.get(ticketId)?.version ?? 0) <= version) expected.delete(ticketId);
    }
    onKept(duesOf(assessments));
  }

  return {
    subscription: log.subscribe({
      name: 'sla_timer.deadlines',
      schema: 'sla_timer',
      category: 'ticket',
      batchSize: 1_000,
      debounce: debounceMilliseconds,
      handle,
      onCommitted,
    }),
    expect(assessment) {
      // Where another instance projects, nothing takes them out again.
      if (expected.size >= maximumExpected) expected.clear();
      expected.set(assessment.ticketId, assessment);
    },
    async refresh(assessments, fired) {
      if (assessments.length === 0) return;
      const refreshed = new Set(assessments.map(({ ticketId }) => ticketId));
      await keepAssessments(pool, assessments, 'refresh');
      await dropStray(
        pool,
        fired.filter(({ key }) => refreshed.has(key)),
      );
      onKept(duesOf(assessments));
    },
  };
}

const versionOf = (events: RecordedEvent[]): number => events[events.length - 1]?.version ?? 0;

function duesOf(assessments: Assessment[]): Due[] {
  return assessments.flatMap(({ ticketId, dueAt }) => dueAt.map((at) => ({ key: ticketId, dueAt: at })));
}
