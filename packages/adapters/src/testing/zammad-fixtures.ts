import { readFileSync } from 'node:fs';

/** A fixture of the Zammad dialect, as it is stored. */
export const fixture = (name: string) =>
  readFileSync(new URL(`../zammad-cti/fixtures/${name}`, import.meta.url), 'utf8');
/** Fixtures that are JSON, with what is expected of them. */
export const json = [
  'zammad-newcall-inbound',
  'zammad-newcall-outbound',
  'zammad-answer-inbound',
  'zammad-hangup-inbound-normal',
  'zammad-hangup-outbound-cancel',
];
/** Fixtures that are bodies with their headers. */
export const raw = ['zammad-newcall-inbound-multipart', 'zammad-newcall-inbound-urlencoded'];

export interface Wire {
  contentType: string;
  body: string;
  expected?: { kind: string; callId: string; direction: string; from: string; to: string }[];
}

export function readJson(name: string): Wire {
  const { request, expect: expected } = JSON.parse(fixture(`${name}.json`));
  return { contentType: 'application/json', body: JSON.stringify(request.body), expected: expected.events };
}

export function readRaw(name: string): Wire {
  const text = fixture(`${name}.txt`);
  const [head = '', ...rest] = text.split(/\r?\n\r?\n/);
  const body = text.slice(text.indexOf(rest[0] ?? '', head.length)).replace(/\r?\n/g, '\r\n');
  return { contentType: /content-type: (.*)/.exec(head)?.[1] ?? '', body };
}
