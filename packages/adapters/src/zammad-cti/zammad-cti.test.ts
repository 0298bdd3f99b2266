import { describe, expect, it } from 'vitest';
import { json, raw, readJson, readRaw, type Wire } from '../testing/zammad-fixtures.ts';
import { zammadCti } from './zammad-cti.ts';

const kinds: Record<string, string> = {
  'call.ringing': 'ringing',
  'call.answered': 'answered',
  'call.ended': 'ended',
};
const delivery = ({ contentType, body }: Wire) => ({ contentType, query: '', body: Buffer.from(body) });

describe('the dialect', () => {
  it.each(json)('%s reads as it should', async (name) => {
    const wire = readJson(name);
    const [event] = await zammadCti.normalise(delivery(wire));
    const [expected] = wire.expected ?? [];
    expect(event).toMatchObject({
      kind: kinds[expected?.kind ?? ''],
      callId: expected?.callId,
      direction: expected?.direction,
      from: expected?.from,
      to: expected?.to,
    });
  });

  it.each(raw)('%s reads as it should', async (name) => {
    const [event] = await zammadCti.normalise(delivery(readRaw(name)));
    expect(event).toMatchObject({
      kind: 'ringing',
      direction: 'in',
      callId: expect.stringMatching(/.{30,}/),
    });
  });

  it('takes the three spellings of the call’s id, and any label on the body', async () => {
    for (const spelling of ['callId', 'call_id', 'callid']) {
      const body = Buffer.from(
        JSON.stringify({ event: 'newCall', direction: 'in', [spelling]: 'c-1', from: 'anonymous' }),
      );
      for (const contentType of [
        'application/json',
        'text/plain',
        'application/x-www-form-urlencoded',
        null,
      ]) {
        expect(await zammadCti.normalise({ contentType, query: '', body })).toMatchObject([
          { callId: 'c-1' },
        ]);
      }
    }
    const query = 'event=hangup&callId=c-2&direction=out&cause=busy';
    expect(await zammadCti.normalise({ contentType: null, query, body: Buffer.alloc(0) })).toMatchObject([
      { callId: 'c-2', kind: 'ended', cause: 'busy' },
    ]);
  });

  it.each([
    ['no event', { callId: 'c' }, 'event'],
    ['an unknown event', { event: 'dance', callId: 'c' }, 'dance'],
    ['no call', { event: 'newCall' }, 'callId'],
    ['an unknown direction', { event: 'newCall', callId: 'c', direction: 'up' }, 'up'],
  ])('says what is wrong with %s', async (_, body, named) => {
    await expect(
      zammadCti.normalise({
        contentType: 'application/json',
        query: '',
        body: Buffer.from(JSON.stringify(body)),
      }),
    ).rejects.toThrow(named);
  });
});
