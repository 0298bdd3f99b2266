import type { Catalog, CatalogObjective } from '../../catalog/index.ts';
import type { Metric } from '../../ticket/index.ts';
import { type Minute, type MinuteCalendar, minuteCalendar } from './minute-calendar.ts';

/** An event at a whole minute. */
export interface ModelEvent {
  type: string;
  at: Minute;
  reason?: string;
  priority?: string;
  dueAt?: Minute;
  /** TicketOpened, CustomerIdentified. */
  covered?: boolean;
}

/** From `at` on the plan reads as in `catalog`; it goes before the events of the same minute. */
export interface ModelAmendment {
  at: Minute;
  kind: 'calendar-exception' | 'catalog' | 'contract';
  catalog: Catalog;
}

export interface ModelQuestion {
  catalog: Catalog;
  plan: string;
  priority: string;
  events: readonly ModelEvent[];
  amendments: readonly ModelAmendment[];
  asOf: Minute;
}

export interface ModelClock {
  objective: Metric;
  occurrence: number;
  state: string;
  startedAt: Minute;
  targetAt: Minute | null;
  dueAt: Minute | null;
  metAt: Minute | null;
  targetMissedAt: Minute | null;
  breachedAt: Minute | null;
  served: number;
  remaining: number;
}

/** What a clock runs by: an objective of the present priority, or an agreed turnaround. */
interface Terms {
  calendar: MinuteCalendar;
  holds: readonly string[];
  target: number | null;
  max: number;
}

interface ModelClockState {
  metric: Metric;
  occurrence: number;
  startedAt: Minute;
  agreed: boolean;
  terms: Terms;
  held: Set<Minute>;
  served: number;
  metAt: Minute | null;
  endedAt: Minute | null;
  endedBy: 'met' | 'ending' | 'priority' | 'agreement' | null;
  targetMiss: { at: Minute; missedAt: Minute } | null;
  breach: { at: Minute; breachedAt: Minute } | null;
  frozen: { target: Minute | null; due: Minute } | null;
}

const staffWords = [
  'TicketAcknowledged',
  'AgentReplied',
  'InterventionStarted',
  'EquipmentFaultDetermined',
  'OnSiteVisitDetermined',
  'ReplacementDispatched',
  'ReplacementDelivered',
  'EngineerArrived',
  'ServiceRestored',
  'TicketResolved',
];
const meeting: Record<Metric, string[]> = {
  response: staffWords,
  intervention: ['InterventionStarted', 'EngineerArrived', 'ServiceRestored', 'TicketResolved'],
  restore: ['ServiceRestored', 'TicketResolved'],
  resolution: ['TicketResolved'],
  replacement: ['ReplacementDelivered'],
  'on-site': ['EngineerArrived'],
  update: ['AgentReplied', 'TicketResolved'],
};
const startedByOpening: Metric[] = ['response', 'intervention', 'restore', 'resolution', 'update'];
const alwaysOpen: MinuteCalendar = {
  isOpen: () => true,
  sameTimeLater: (at) => at,
  closeOfBusinessDay: (at) => at,
};

/** Far enough for every catalog; a deadline beyond it is a fault of the model, not an answer. */
const horizon = 400 * 24 * 60;

/**
 * The clocks of a computed history, by walking it minute by minute and counting. It knows the rules from their text
 * alone and shares nothing with the engine; it is slow on purpose.
 */
export function modelClocks(question: ModelQuestion): ModelClock[] {
  const { asOf, amendments } = question;
  const model = new MinuteModel(question);
  const events = question.events
    .map((event, order) => ({ event, order }))
    .sort((a, b) => a.event.at - b.event.at || a.order - b.order)
    .map(({ event }) => event)
    .filter(({ at }) => at <= asOf);
  const first = events[0];
  if (first === undefined) return [];
  let next = 0;
  for (let now = first.at; now <= asOf; now += 1) {
    if (now > first.at) model.pass(now - 1);
    // What is amended at the opening's instant is known at the opening.
    for (const amendment of amendments) if (amendment.at === now) model.amend(amendment);
    while (next < events.length && events[next]?.at === now) {
      model.take(events[next] as ModelEvent);
      next += 1;
    }
    model.miss(now);
  }
  return model.report();
}

class MinuteModel {
  #catalog: Catalog;
  readonly #planId: string;
  readonly #calendars = new Map<string, MinuteCalendar>();
  readonly #clocks: ModelClockState[] = [];
  readonly #holds = new Set<string>();
  readonly #happened: ModelEvent[] = [];
  #priority: string;
  #ticket: 'unopened' | 'open' | 'ended' = 'unopened';
  #covered = true;
  readonly #isIdentifiedLater: boolean;
  /** How many events had happened when the ticket was last reopened. */
  #beforeReopening = 0;

  constructor({ catalog, plan, priority, events }: ModelQuestion) {
    this.#isIdentifiedLater = events.some(({ type }) => type === 'CustomerIdentified');
    this.#catalog = catalog;
    this.#planId = plan;
    this.#priority = priority;
  }

  /** The minute that begins at `at` goes by. */
  pass(at: Minute): void {
    for (const clock of this.#open()) {
      if (this.#isHeld(clock)) clock.held.add(at);
      else if (clock.terms.calendar.isOpen(at)) clock.served += 1;
    }
  }

  /** A threshold reached at `now` that no event up to `now` has met is missed. */
  miss(now: Minute): void {
    if (!this.#covered) return;
    for (const clock of this.#open()) {
      const { target, max } = clock.terms;
      // A hold that begins at or after a threshold changes nothing for it; the count alone decides.
      if (target !== null && clock.targetMiss === null && this.#hasServed(clock, target, now))
        clock.targetMiss = { at: now, missedAt: now };
      if (clock.breach === null && this.#hasServed(clock, max, now))
        clock.breach = { at: now, breachedAt: now };
    }
  }

  /** Nothing at all, as days that an exception closes may amount to, is served once it is open. */
  #hasServed(clock: ModelClockState, duration: number, now: Minute): boolean {
    if (duration > 0) return clock.served >= duration;
    return clock.terms.calendar.isOpen(now) && !(this.#isHeld(clock) && clock.held.has(now - 1));
  }

  take(event: ModelEvent): void {
    const { type, at } = event;
    this.#meet(type, at);
    if (type === 'TicketOpened') {
      this.#ticket = 'open';
      this.#covered = event.covered !== false;
      this.#start(startedByOpening, at);
    }
    if (type === 'CustomerIdentified' && event.covered === true) this.#identify(at);
    if (type === 'EquipmentFaultDetermined') this.#start(['replacement'], at);
    if (type === 'OnSiteVisitDetermined') this.#start(['on-site'], at);
    if (type === 'AgentReplied') this.#start(['update'], at);
    if (type === 'ClockHeld' && event.reason !== undefined) this.#holds.add(event.reason);
    if (type === 'ClockReleased' && event.reason !== undefined) this.#holds.delete(event.reason);
    if (type === 'PriorityChanged' && event.priority !== undefined) this.#changePriority(event.priority, at);
    if (type === 'TurnaroundAgreed' && event.dueAt !== undefined) this.#agree(event.dueAt, at);
    if (type === 'TicketResolved' || type === 'TicketDeclined' || type === 'TicketClosed')
      this.#endTicket(at);
    if (type === 'TicketReopened' && this.#ticket === 'ended') this.#reopen(at);
    this.#happened.push(event);
  }

  /** A calendar or catalog amended after the fact plans open clocks again; a contract renewed late brings new ones. */
  amend({ at, kind, catalog }: ModelAmendment): void {
    this.#catalog = catalog;
    this.#calendars.clear();
    if (this.#ticket === 'unopened') return;
    if (kind === 'contract') {
      this.#covered = true;
      this.#clocks.length = 0;
      this.#startUnlessMet(at);
      return;
    }
    if (this.#ticket !== 'open') return;
    for (const clock of this.#open()) {
      if (clock.breach !== null || clock.agreed) continue;
      const objective = this.#objectives().find(({ metric }) => metric === clock.metric);
      if (objective === undefined) this.#end(clock, at, 'priority');
      else this.#retune(clock, objective, at);
    }
    if (kind === 'catalog') this.#startUnlessMet(at);
  }

  report(): ModelClock[] {
    if (!this.#covered) return [];
    return this.#clocks
      .map((clock) => this.#describe(clock))
      .sort(
        (a, b) =>
          a.startedAt - b.startedAt ||
          (a.objective < b.objective ? -1 : a.objective > b.objective ? 1 : a.occurrence - b.occurrence),
      );
  }

  #describe(clock: ModelClockState): ModelClock {
    const ended = clock.endedAt !== null;
    const held = !ended && this.#isHeld(clock);
    const { target, max } = clock.terms;
    const { served } = clock;
    const project = (duration: number) => (held ? null : this.#reach(clock, duration));
    const targetAt =
      clock.targetMiss?.at ??
      clock.frozen?.target ??
      (target === null ? null : ended ? null : project(target));
    const dueAt = clock.breach?.at ?? clock.frozen?.due ?? project(max);
    const state =
      clock.breach !== null
        ? 'breached'
        : clock.metAt !== null
          ? 'met'
          : ended
            ? 'cancelled'
            : held
              ? 'held'
              : clock.targetMiss !== null
                ? 'target-missed'
                : 'running';
    return {
      objective: clock.metric,
      occurrence: clock.occurrence,
      state,
      startedAt: clock.startedAt,
      targetAt,
      dueAt,
      metAt: clock.metAt,
      targetMissedAt: clock.targetMiss?.missedAt ?? null,
      breachedAt: clock.breach?.breachedAt ?? null,
      served,
      remaining: Math.max(0, max - served),
    };
  }

  #open(): ModelClockState[] {
    return this.#clocks.filter(({ endedAt }) => endedAt === null);
  }

  #isHeld(clock: ModelClockState): boolean {
    return clock.terms.holds.some((reason) => this.#holds.has(reason));
  }

  #served(clock: ModelClockState, until: Minute): number {
    let served = 0;
    for (let at = clock.startedAt; at < until; at += 1) {
      if (clock.terms.calendar.isOpen(at) && !clock.held.has(at)) served += 1;
    }
    return served;
  }

  /** The earliest minute at which the clock has served `duration`, if nothing holds it after what is known. */
  #reach(clock: ModelClockState, duration: number): Minute {
    let served = 0;
    for (let at = clock.startedAt; at < clock.startedAt + horizon; at += 1) {
      if (duration > 0 && served >= duration) return at;
      const isOpen = clock.terms.calendar.isOpen(at);
      if (duration === 0 && isOpen && !(clock.held.has(at) && clock.held.has(at - 1))) return at;
      if (isOpen && !clock.held.has(at)) served += 1;
    }
    throw new Error('the deadline lies beyond the horizon of the model');
  }

  #objectives(): CatalogObjective[] {
    return this.#catalog.plans[this.#planId]?.objectives?.[this.#priority] ?? [];
  }

  #calendar(id: string): MinuteCalendar {
    const known = this.#calendars.get(id);
    if (known !== undefined) return known;
    const definition = this.#catalog.calendars[id];
    if (definition === undefined) throw new Error(`no calendar ${id}`);
    const made = minuteCalendar(this.#catalog, definition);
    this.#calendars.set(id, made);
    return made;
  }

  #terms(objective: CatalogObjective, startedAt: Minute): Terms {
    const calendar = this.#calendar(objective.calendar);
    const minutes = (text: string) => nominalMinutes(text, calendar, startedAt);
    return {
      calendar,
      holds: objective.holds ?? [],
      target: objective.target === undefined ? null : minutes(objective.target),
      max: minutes(objective.max),
    };
  }

  #latest(metric: Metric): ModelClockState | undefined {
    return this.#clocks.filter((clock) => clock.metric === metric).at(-1);
  }

  #begin(metric: Metric, at: Minute, terms: Terms, agreed: boolean): void {
    const occurrence = (this.#latest(metric)?.occurrence ?? 0) + 1;
    this.#clocks.push({
      metric,
      occurrence,
      startedAt: at,
      agreed,
      terms,
      held: new Set(),
      served: 0,
      metAt: null,
      endedAt: null,
      endedBy: null,
      targetMiss: null,
      breach: null,
      frozen: null,
    });
  }

  #start(candidates: Metric[], at: Minute): void {
    if (this.#ticket !== 'open') return;
    for (const objective of this.#objectives()) {
      if (!candidates.includes(objective.metric)) continue;
      if (this.#open().some(({ metric }) => metric === objective.metric)) continue;
      this.#begin(objective.metric, at, this.#terms(objective, at), false);
    }
  }

  #meet(type: string, at: Minute): void {
    for (const clock of this.#open()) {
      if (!meeting[clock.metric].includes(type)) continue;
      clock.metAt = at;
      this.#end(clock, at, 'met');
    }
  }

  #end(clock: ModelClockState, at: Minute, by: NonNullable<ModelClockState['endedBy']>): void {
    const { target, max } = clock.terms;
    clock.endedAt = at;
    clock.endedBy = by;
    clock.frozen = {
      target: clock.targetMiss?.at ?? (target === null ? null : this.#reach(clock, target)),
      due: clock.breach?.at ?? this.#reach(clock, max),
    };
  }

  #endTicket(at: Minute): void {
    if (this.#ticket === 'open') for (const clock of this.#open()) this.#end(clock, at, 'ending');
    this.#ticket = 'ended';
    this.#holds.clear();
  }

  #changePriority(priority: string, at: Minute): void {
    // An unknown caller's ticket has the priority that its identification names.
    if (priority === this.#priority || (this.#isIdentifiedLater && !this.#covered)) return;
    this.#priority = priority;
    if (this.#ticket !== 'open') return;
    for (const clock of this.#open()) {
      if (clock.breach !== null) continue;
      const objective = this.#objectives().find(({ metric }) => metric === clock.metric);
      if (clock.agreed || objective === undefined) this.#end(clock, at, 'priority');
      else if (this.#catalog.priorityChange === 'restart') this.#restart(clock, objective, at);
      else this.#retune(clock, objective, at);
    }
    this.#startUnlessMet(at);
  }

  /** The new terms from the clock's own start; a threshold that they put strictly before `at` is missed at `at`. */
  #retune(clock: ModelClockState, objective: CatalogObjective, at: Minute): void {
    clock.terms = this.#terms(objective, clock.startedAt);
    clock.served = this.#served(clock, at);
    this.#missBefore(clock, at);
  }

  /** A threshold that lies strictly before `at` is missed at `at`. */
  #missBefore(clock: ModelClockState, at: Minute): void {
    if (!this.#covered) return;
    const { target, max } = clock.terms;
    if (target !== null && clock.targetMiss === null) {
      const reached = this.#reach(clock, target);
      if (reached < at) clock.targetMiss = { at: reached, missedAt: at };
    }
    if (clock.breach === null) {
      const reached = this.#reach(clock, max);
      if (reached < at) clock.breach = { at: reached, breachedAt: at };
    }
  }

  #restart(clock: ModelClockState, objective: CatalogObjective, at: Minute): void {
    const terms = this.#terms(objective, at);
    Object.assign(clock, { startedAt: at, terms, held: new Set(), served: 0 });
  }

  /** The caller is known: the clocks count from the opening, and none breaches before this minute. */
  #identify(at: Minute): void {
    if (this.#covered) return;
    this.#covered = true;
    for (const clock of this.#open()) this.#missBefore(clock, at);
  }

  #startUnlessMet(at: Minute): void {
    const candidates = startedByOpening.filter((metric) => {
      const since = metric === 'restore' || metric === 'resolution' ? this.#beforeReopening : 0;
      return !this.#happened.slice(since).some(({ type }) => meeting[metric].includes(type));
    });
    this.#start(candidates, at);
  }

  #agree(dueAt: Minute, at: Minute): void {
    const offered = this.#catalog.plans[this.#planId]?.agreedTurnaround ?? [];
    if (this.#ticket !== 'open' || !offered.includes(this.#priority) || dueAt <= at) return;
    const terms = (startedAt: Minute): Terms => ({
      calendar: alwaysOpen,
      holds: [],
      target: null,
      max: dueAt - startedAt,
    });
    const open = this.#open().find(({ metric }) => metric === 'resolution');
    if (open !== undefined && open.breach === null) {
      open.terms = terms(open.startedAt);
      open.served = this.#served(open, at);
      return;
    }
    if (open !== undefined) this.#end(open, at, 'agreement');
    this.#begin('resolution', at, terms(at), true);
  }

  #reopen(at: Minute): void {
    this.#ticket = 'open';
    for (const objective of this.#objectives()) {
      const clock = this.#latest(objective.metric);
      if (clock === undefined || clock.agreed || clock.endedAt === null) continue;
      const undone =
        (clock.metAt !== null && (clock.metric === 'resolution' || clock.metric === 'restore')) ||
        (clock.endedBy === 'ending' && clock.metric !== 'update');
      if (!undone) continue;
      for (let minute = clock.endedAt; minute < at; minute += 1) clock.held.add(minute);
      Object.assign(clock, { metAt: null, endedAt: null, endedBy: null, frozen: null });
      if (clock.breach === null) this.#retune(clock, objective, at);
    }
    this.#beforeReopening = this.#happened.length;
    this.#start(['update'], at);
    this.#startUnlessMet(at);
  }
}

function nominalMinutes(text: string, calendar: MinuteCalendar, startedAt: Minute): number {
  const exact = /^PT(?:(\d+)H)?(?:(\d+)M)?$/.exec(text);
  if (exact !== null) return Number(exact[1] ?? 0) * 60 + Number(exact[2] ?? 0);
  const days = /^P(\d+)(BD|D)$/.exec(text);
  if (days === null) throw new Error(`the model does not read ${text}`);
  const end =
    days[2] === 'BD'
      ? calendar.closeOfBusinessDay(startedAt, Number(days[1]))
      : calendar.sameTimeLater(startedAt, Number(days[1]));
  let open = 0;
  for (let at = startedAt; at < end; at += 1) if (calendar.isOpen(at)) open += 1;
  return open;
}
