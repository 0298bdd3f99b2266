import type { CallEvent } from '@ringback/domain/phone';
import type { Adapter } from '../adapter.ts';
import { readFields, textOf } from '../fields/body.ts';

const kinds: ReadonlyMap<string, CallEvent['kind']> = new Map([
  ['newcall', 'ringing'],
  ['answer', 'answered'],
  ['hangup', 'ended'],
]);

/** Characters. Of a longer one, two calls could not be told apart once it is cut off. */
const longestCallId = 500;

/**
 * The generic CTI dialect of Zammad, which many phone systems and bridges speak: `newCall`, `answer`, `hangup` as JSON,
 * form or multipart. The call's id is spelled in three ways; `user` and `caller` are texts or lists. There is no time
 * in it: the time of receipt counts.
 *
 * Source: docs.zammad.org, API, Generic CTI.
 */
export const zammadCti: Adapter = {
  name: 'zammad-cti',
  answer: { status: 200, contentType: 'application/json', body: '{}' },
  async normalise(delivery) {
    const fields = await readFields(delivery);
    const event = textOf(fields, 'event');
    const kind = kinds.get(event?.toLowerCase() ?? '');
    if (kind === undefined) {
      throw new Error(
        event === null
          ? 'the field "event" is missing'
          : `the event "${event}" is none of newCall, answer, hangup`,
      );
    }
    const callId = textOf(fields, 'callId', 'call_id', 'callid');
    if (callId === null) throw new Error('the field "callId" is missing');
    if (callId.length > longestCallId)
      throw new Error(`the field "callId" is longer than ${longestCallId} characters`);
    const direction = textOf(fields, 'direction')?.toLowerCase() ?? 'in';
    if (direction !== 'in' && direction !== 'out')
      throw new Error(`the direction "${direction}" is none of in, out`);
    const answeredBy = textOf(fields, 'answeringNumber', 'answering_number', 'user', 'caller');
    return [
      {
        kind,
        callId,
        direction,
        from: textOf(fields, 'from'),
        to: textOf(fields, 'to'),
        answeredBy,
        voicemail: kind === 'answered' && isVoicemail(textOf(fields, 'user', 'caller'), answeredBy),
        cause: textOf(fields, 'cause'),
        originCallId: textOf(fields, 'origCallId', 'orig_call_id'),
        queue: textOf(fields, 'queue'),
        occurredAt: null,
      },
    ];
  },
};

function isVoicemail(...answering: (string | null)[]): boolean {
  return answering.some((each) => each?.toLowerCase() === 'voicemail');
}
