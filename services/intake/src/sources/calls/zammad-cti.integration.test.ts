import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fixture,
  json,
  raw,
  readJson,
  readRaw,
} from '../../../../../packages/adapters/src/testing/zammad-fixtures.ts';
import { type IntakeServer, startIntake } from '../../testing/intake-server.ts';

describe('what the phone system posts', () => {
  let server: IntakeServer;
  let webhook: string;
  let caller = 100;
  beforeAll(async () => {
    server = await startIntake();
    const integration = {
      adapter: 'zammad-cti',
      name: 'PBX',
      defaultCountry: 'DE',
      timeZone: 'Europe/Berlin',
      catalog: 'cat-levels',
    };
    webhook = (await server.client.post('/v1/integrations', integration)).body.webhookUrl;
  });
  afterAll(() => server.stop());

  const nobody = () => {
    caller += 1;
    return `4930231${caller}99`;
  };
  const post = (body: object | string, contentType = 'application/json') =>
    server.client
      .as(null)
      .post(webhook, typeof body === 'string' ? body : JSON.stringify(body), { 'content-type': contentType });
  const settled = async () =>
    await eventually(async () => {
      const { body } = await server.client.get('/v1/deliveries?state=pending');
      expect(body.items).toEqual([]);
    });
  const ticketsOf = async (callId: string) => {
    const { rows } = await server.database.pool.query(
      `select distinct stream_id from log.events where category = 'ticket' and data->'call'->>'callId' = $1`,
      [callId],
    );
    return rows.map(({ stream_id }) => stream_id as string);
  };
  const eventsOf = async (id: string) => {
    const { rows } = await server.database.pool.query(
      'select type, data from log.events where stream_id = $1 order by version',
      [id],
    );
    return rows as { type: string; data: Record<string, unknown> }[];
  };
  const typesOf = async (id: string) => (await eventsOf(id)).map(({ type }) => type);

  it('is answered 200 {} whatever it is sent as', async () => {
    for (const name of json) expect((await post(readJson(name).body)).status).toBe(200);
    for (const name of raw) {
      const { contentType, body } = readRaw(name);
      expect(await post(body, contentType)).toMatchObject({ status: 200, body: {} });
    }
    expect((await post('complete nonsense', 'application/octet-stream')).status).toBe(200);
    expect(
      (await server.client.as(null).get(`${webhook}?event=newCall&callId=get-1&direction=in&from=anonymous`))
        .status,
    ).toBe(200);
    await settled();
  });

  it('opens a ticket for the caller’s customer under its contract, answers and ends it', async () => {
    const call = { from: '493023125742', to: '492214710334', direction: 'in', callId: 'whole-life' };
    await post({ event: 'newCall', ...call, user: ['Emma'] });
    await post({ event: 'answer', ...call, user: 'Emma' });
    await post({ event: 'hangup', ...call, cause: 'normalClearing' });
    await settled();
    const [id = ''] = await ticketsOf('whole-life');
    const events = await eventsOf(id);
    expect(events.map(({ type }) => type)).toEqual(['TicketOpened', 'AgentReplied', 'CallLinked']);
    expect(events[0]?.data).toMatchObject({
      customerId: 'dentist',
      channel: 'phone',
      coverage: { standing: 'active' },
      caller: { e164: '+493023125742' },
    });
    expect(events[2]?.data).toMatchObject({ outcome: 'answered' });
  });

  it('twice, and in any order, gives the same ticket', async () => {
    const orders = [
      ['newCall', 'answer', 'hangup'],
      ['hangup', 'answer', 'newCall'],
      ['answer', 'newCall', 'hangup'],
    ];
    for (const [index, order] of orders.entries()) {
      const call = { from: nobody(), to: '492214710334', direction: 'in', callId: `order-${index}` };
      for (const event of [...order, ...order.toReversed()]) {
        await post({
          event,
          ...call,
          ...(event === 'hangup' ? { cause: 'normalClearing' } : { user: 'Emma' }),
        });
      }
      await settled();
      const tickets = await ticketsOf(call.callId);
      expect(tickets).toHaveLength(1);
      const types = await typesOf(tickets[0] ?? '');
      expect(types.filter((type) => type === 'TicketOpened')).toHaveLength(1);
      expect(types.filter((type) => type === 'AgentReplied')).toHaveLength(1);
      const linked = (await eventsOf(tickets[0] ?? '')).filter(({ type }) => type === 'CallLinked');
      expect(linked.at(-1)?.data).toMatchObject({ outcome: 'answered' });
      expect(linked).toHaveLength(order[0] === 'hangup' ? 2 : 1);
    }
  });

  it('is taken with text that no store can hold, and whatever its type is called', async () => {
    const from = nobody();
    await post({ event: 'newCall', from, direction: 'in', callId: 'odd\0\ud800-1', to: '1\0' });
    await post(JSON.stringify({ event: 'newCall', from, direction: 'in', callId: 'odd-2' }), 'none');
    await settled();
    expect(await ticketsOf('odd\ufffd-1')).toHaveLength(1);
    expect(await ticketsOf('odd-2')).toEqual(await ticketsOf('odd\ufffd-1'));
  });

  it('is taken by GET with whatever stands in its query', async () => {
    const query = 'event=newCall&callId=odd-3&direction=in&from=anonymous%00?&to=%ff%zz';
    expect((await server.client.as(null).get(`${webhook}?${query}`)).status).toBe(200);
    await settled();
    expect(await ticketsOf('odd-3')).toHaveLength(1);
  });

  it('may begin with the hang-up: the call was missed', async () => {
    const { steps } = JSON.parse(fixture('hangup-without-newcall.json'));
    for (const { rawBody, contentType } of steps) expect((await post(rawBody, contentType)).status).toBe(200);
    await settled();
    const [id = ''] = await ticketsOf('never-seen');
    expect((await eventsOf(id)).at(-1)).toMatchObject({ type: 'CallLinked', data: { outcome: 'missed' } });
  });

  it('of one who rings repeatedly leads to one ticket, until somebody has answered', async () => {
    const from = nobody();
    for (const callId of ['again-1', 'again-2', 'again-3']) {
      await post({ event: 'newCall', from, to: '1', direction: 'in', callId });
      await post({ event: 'hangup', from, to: '1', direction: 'in', callId, cause: 'cancel' });
    }
    await settled();
    const [id = ''] = await ticketsOf('again-1');
    expect(await ticketsOf('again-3')).toEqual([id]);
    // The call-back reaches the caller: a conversation, which answers the ticket.
    const back = { from: '1', to: from, direction: 'out', callId: 'back-1' };
    await post({ event: 'newCall', ...back, user: 'Emma' });
    await post({ event: 'answer', ...back, user: 'Emma' });
    await settled();
    expect(await typesOf(id)).toContain('AgentReplied');
    await post({ event: 'newCall', from, to: '1', direction: 'in', callId: 'again-4' });
    await settled();
    expect(await ticketsOf('again-4')).not.toEqual([id]);
  });

  it('at the same time opens one ticket for a number, not several', async () => {
    const from = nobody();
    await Promise.all(
      ['race-1', 'race-2', 'race-3', 'race-4'].map((callId) =>
        post({ event: 'newCall', from, to: '1', direction: 'in', callId }),
      ),
    );
    await settled();
    const tickets = await Promise.all(['race-1', 'race-2', 'race-3', 'race-4'].map(ticketsOf));
    expect(new Set(tickets.flat()).size).toBe(1);
  });

  it('answered by a voicemail box is not a conversation', async () => {
    const call = { from: nobody(), to: '1', direction: 'in', callId: 'voicemail-1' };
    await post({ event: 'newCall', ...call });
    await post({ event: 'answer', ...call, user: 'voicemail' });
    await post({ event: 'hangup', ...call, cause: 'normalClearing' });
    await settled();
    const [id = ''] = await ticketsOf('voicemail-1');
    expect(await typesOf(id)).not.toContain('AgentReplied');
    expect((await eventsOf(id)).at(-1)?.data).toMatchObject({ outcome: 'voicemail' });
  });

  it('forwarded is not missed, and its legs are one conversation', async () => {
    const from = nobody();
    await post({ event: 'newCall', from, to: '1', direction: 'in', callId: 'leg-1' });
    await post({ event: 'hangup', from, to: '1', direction: 'in', callId: 'leg-1', cause: 'forwarded' });
    await post({ event: 'newCall', from, to: '2', direction: 'in', callId: 'leg-2', origCallId: 'leg-1' });
    await post({
      event: 'answer',
      from,
      to: '2',
      direction: 'in',
      callId: 'leg-2',
      origCallId: 'leg-1',
      user: 'Marty',
    });
    await settled();
    const [id = ''] = await ticketsOf('leg-1');
    expect(await ticketsOf('leg-2')).toEqual([id]);
    expect((await eventsOf(id)).map(({ data }) => data.outcome).filter(Boolean)).toEqual(['forwarded']);
  });

  it('with a withheld number opens a ticket without customer, and links to none', async () => {
    for (const callId of ['hidden-1', 'hidden-2'])
      await post({ event: 'newCall', from: 'anonymous', to: '1', direction: 'in', callId });
    await settled();
    const [[first = ''], [second = '']] = [await ticketsOf('hidden-1'), await ticketsOf('hidden-2')];
    expect(first).not.toBe(second);
    expect((await eventsOf(first))[0]?.data).toMatchObject({ customerId: null, caller: { anonymous: true } });
  });

  it('that cannot be understood waits, visible, and can be tried again', async () => {
    await post({ event: 'newCall', callId: 'x', direction: 'sideways' });
    const failed = await eventually(async () => {
      const { body } = await server.client.get('/v1/deliveries?state=failed');
      const found = body.items.find(({ detail }: { detail: string }) => detail.includes('sideways'));
      expect(found).toBeDefined();
      return found;
    });
    expect((await server.client.post(`/v1/deliveries/${failed.id}/replay`)).body.state).toBe('pending');
    expect((await server.client.post('/v1/deliveries/999999/replay')).status).toBe(404);
  });

  it('to an address that no one gave out is a 404', async () => {
    expect((await server.client.as(null).post('/v1/webhooks/zammad-cti/guess', {})).status).toBe(404);
    expect((await server.client.as(null).post(webhook.replace('zammad-cti', 'other'), {})).status).toBe(404);
  });
});
