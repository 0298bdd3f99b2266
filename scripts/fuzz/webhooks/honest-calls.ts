import type { Delivery } from './delivery.ts';

/** What a phone system sends of one call that is not answered. */
export type HonestCall = (callId: string, from: string) => Delivery[];

const json = (body: object): Delivery => ({
  method: 'POST',
  contentType: 'application/json',
  query: '',
  body: Buffer.from(JSON.stringify(body)),
});

const form = (body: Record<string, string>): Delivery => ({
  method: 'POST',
  contentType: 'application/x-www-form-urlencoded',
  query: '',
  body: Buffer.from(new URLSearchParams(body).toString()),
});

function multipart(body: Record<string, string>): Delivery {
  const parts = Object.entries(body).map(
    ([name, value]) => `--honest\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return {
    method: 'POST',
    contentType: 'multipart/form-data; boundary=honest',
    query: '',
    body: Buffer.from(`${parts.join('')}--honest--\r\n`),
  };
}

const get = (query: Record<string, string>): Delivery => ({
  method: 'GET',
  contentType: null,
  query: new URLSearchParams(query).toString(),
  body: Buffer.alloc(0),
});

/** By adapter: each must have one, so that none is left out of the fuzz. */
export const honestCalls: { readonly [adapter: string]: HonestCall } = {
  'zammad-cti': (callId, from) => {
    const encode = [json, form, multipart, get][Number(callId.replace(/\D/g, '')) % 4] ?? json;
    const call = { callId, from, to: '442079461111', direction: 'in' };
    return [encode({ event: 'newCall', ...call }), encode({ event: 'hangup', ...call, cause: 'cancel' })];
  },
};
