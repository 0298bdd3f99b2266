import { afterEach, describe, expect, it } from 'vitest';
import { type QueryServer, startQuery } from '../testing/query-server.ts';

let server: QueryServer;
afterEach(() => server.stop());

const subjects = [
  'Köln: „Grüße“ fehlen',
  'STRASSENBAHN nach DÜSSELDORF',
  'Große Störung in São Paulo',
  'ΟΔΟΣ Αθήνα',
  'Ёлка и звонок',
  'İstanbul ISDN',
  '東京 の 電話',
  'no umlaut at all',
];
const questions: [text: string, found: number[]][] = [
  ['KÖLN', [0]],
  ['köln', [0]],
  ['Köln', [0]],
  ['grüße', [0]],
  ['GRÜSSE', [0]],
  ['"köln grüsse"', [0]],
  ['straßenbahn', [1]],
  ['düsseldorf', [1]],
  ['STÖRUNG são', [2]],
  ['οδος', [3]],
  ['ΑΘΉΝΑ', [3]],
  ['ЁЛКА', [4]],
  ['isdn', [5]],
  ['電話', [6]],
  ['köln or ёлка', [0, 4]],
  ['umlaut -köln', [7]],
  ['koln', []],
];

describe('a search finds the same tickets', () => {
  it.each([
    ['in the locale of the embedded mode', undefined],
    ['in the locale C, as of embedded data made before', `locale_provider libc locale 'C'`],
    [
      'in the builtin locale PG_UNICODE_FAST',
      `locale_provider builtin builtin_locale 'PG_UNICODE_FAST' locale 'C'`,
    ],
    ['in a locale of ICU', `locale_provider icu icu_locale 'tr-TR' locale 'C'`],
  ])('%s', async (_name, locale) => {
    server = await startQuery({}, {}, locale === undefined ? {} : { locale });
    const ids: string[] = [];
    for (const subject of subjects) ids.push(await server.open({ customerId: 'bakery', subject }));
    for (const [text, found] of questions) {
      const { body } = await server.client.get(`/v1/tickets?q=${encodeURIComponent(text)}`);
      const indexes = body.items.map(({ id }: { id: string }) => ids.indexOf(id)).toSorted();
      expect([text, indexes]).toEqual([text, found]);
    }
  });
});
