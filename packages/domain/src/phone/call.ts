/** What a phone system says of a call, whatever its dialect. */
export interface CallEvent {
  kind: 'ringing' | 'answered' | 'ended';
  callId: string;
  direction: 'in' | 'out';
  from: string | null;
  to: string | null;
  /** Who answered; null: not said. */
  answeredBy: string | null;
  /** A machine answered: no conversation. */
  voicemail: boolean;
  cause: string | null;
  /** The call that this one is a leg of. */
  originCallId: string | null;
  queue: string | null;
  /** The sender's own instant; null: it gives none, the time of receipt counts. */
  occurredAt: string | null;
}

/** A call as it is known: it only ever goes forward. */
export interface Call {
  callId: string;
  direction: 'in' | 'out';
  from: string | null;
  to: string | null;
  firstSeenAt: string;
  answeredAt: string | null;
  answeredBy: string | null;
  endedAt: string | null;
  cause: string | null;
  outcome: 'answered' | 'missed' | 'forwarded' | 'voicemail' | 'presumed-ended' | null;
  originCallId: string | null;
}

/** What follows from an event for tickets. */
type CallEffect = 'attach' | 'answered' | 'ended';

export interface CallStep {
  call: Call;
  effects: CallEffect[];
}

/**
 * Takes an event in. Monotonic and tolerant: a repeat changes nothing, a late ring reopens nothing, an answer after the
 * hang-up is still evidence of a conversation, and a hang-up may be the first that is seen. `at` is when it happened.
 */
export function takeCallEvent(known: Call | null, event: CallEvent, at: string): CallStep {
  const before = known ?? newCall(event, at);
  const call: Call = {
    ...before,
    from: before.from ?? event.from,
    to: before.to ?? event.to,
    originCallId: before.originCallId ?? event.originCallId,
  };
  const effects: CallEffect[] = [];
  // A forwarded leg is not a contact of its own: the leg that it went to brings the ticket.
  if (known === null && call.direction === 'in' && event.cause !== 'forwarded') effects.push('attach');
  if (event.kind === 'answered' && call.answeredAt === null && !event.voicemail) {
    call.answeredAt = at;
    call.answeredBy = event.answeredBy;
    effects.push('answered');
    if (call.outcome === 'missed' || call.outcome === 'presumed-ended') call.outcome = 'answered';
  }
  if (event.kind === 'answered' && event.voicemail && call.outcome === null) call.outcome = 'voicemail';
  const presumed = call.outcome === 'presumed-ended';
  if (event.kind === 'ended' && (call.endedAt === null || presumed)) {
    call.endedAt = at;
    call.cause = event.cause;
    call.outcome = outcomeOf(call, event);
    effects.push('ended');
  }
  return { call, effects };
}

/** A call whose end was never told is taken to have ended; the real end may still come and correct it. */
export function presumeEnded(call: Call, at: string): Call {
  return call.endedAt === null ? { ...call, endedAt: at, outcome: 'presumed-ended' } : call;
}

function newCall({ callId, direction, from, to, originCallId }: CallEvent, at: string): Call {
  return {
    callId,
    direction,
    from,
    to,
    firstSeenAt: at,
    answeredAt: null,
    answeredBy: null,
    endedAt: null,
    cause: null,
    outcome: null,
    originCallId,
  };
}

function outcomeOf(call: Call, { cause }: CallEvent): NonNullable<Call['outcome']> {
  if (call.answeredAt !== null) return 'answered';
  if (cause === 'forwarded') return 'forwarded';
  return call.outcome === 'voicemail' ? 'voicemail' : 'missed';
}
