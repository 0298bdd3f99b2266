import fc from 'fast-check';
import type { Delivery } from './delivery.ts';
import { mutate, mutations } from './mutations.ts';

type Field = [name: string, value: unknown];

const honestNames = [
  'event',
  'callId',
  'call_id',
  'from',
  'to',
  'direction',
  'user',
  'user[]',
  'cause',
  'queue',
  'origCallId',
  'answeringNumber',
  'caller',
];
const honestValues = [
  'newCall',
  'answer',
  'hangup',
  'in',
  'out',
  'anonymous',
  'voicemail',
  'cancel',
  'forwarded',
  '442079460000',
  '+49 30 23125741',
  'sip:100@pbx.example',
];
const oddNames = [
  '',
  '[]',
  '[][]',
  'a[b][c]',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'name="x"',
  'a\r\nb',
  '\0',
  '\u{1f4de}',
  'x'.repeat(5_000),
];
const oddValues = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\u{1f4de}',
  '%',
  '%zz',
  '%00',
  '\r\n',
  '--x',
  '"',
  "'; drop table",
  '<script>',
  '[object Object]',
  'constructor',
  '__proto__',
  '١٢٣',
  'x'.repeat(10_000),
  '9'.repeat(3_000),
  '٠'.repeat(200),
];

/** Of any UTF-16 code units, halves of surrogate pairs among them. */
const anyText = (maxLength: number) =>
  fc.array(fc.nat({ max: 0xffff }), { maxLength }).map((units) => String.fromCharCode(...units));
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...honestNames) },
  { weight: 1, arbitrary: fc.constantFrom(...oddNames) },
  { weight: 1, arbitrary: anyText(20) },
);
const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...honestValues) },
  { weight: 3, arbitrary: fc.nat().map((number) => `4420${String(number).padStart(8, '0').slice(0, 8)}`) },
  { weight: 2, arbitrary: fc.uuid() },
  { weight: 2, arbitrary: fc.constantFrom(...oddValues) },
  { weight: 1, arbitrary: anyText(100) },
);
const fields: fc.Arbitrary<Field[]> = fc
  .tuple(
    fc.boolean(),
    fc.constantFrom('newCall', 'answer', 'hangup'),
    fc.uuid(),
    fc.array(fc.tuple(name, text), { maxLength: 12 }),
  )
  // Half of them are a call but for what is added, so that they get as far as the store.
  .map(([isCall, event, callId, rest]) => (isCall ? [['event', event], ['callId', callId], ...rest] : rest));

const charset = fc.constantFrom(
  'utf-8',
  'UTF-8',
  'latin1',
  'iso-8859-15',
  'utf-16',
  'utf-16be',
  'shift_jis',
  'klingon',
  '',
  '"utf-8"',
);
const boundary = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('x', '----WebKitFormBoundary7MA4YWxkTrZu0gW', 'honest') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      '-',
      '--',
      'a b',
      '"q"',
      '\\',
      "'()+_,-./:=?",
      'x'.repeat(70),
      'x'.repeat(5_000),
    ),
  },
  { weight: 1, arbitrary: fc.stringMatching(/^[!-~]{1,40}$/) },
);
const headers: fc.Arbitrary<(name: string) => string> = fc.constantFrom(
  (of: string) => `Content-Disposition: form-data; name="${of}"`,
  (of) => `content-disposition: form-data; name=${of}`,
  (of) => `Content-Disposition: form-data;\r\n\tname="${of}"`,
  (of) =>
    `Content-Disposition: form-data; name="${of}"; filename="a; name=b.bin"\r\nContent-Type: application/octet-stream`,
  (of) => `Content-Type: text/plain; charset=utf-16\r\nContent-Disposition: form-data; name="${of}"`,
  (of) => `Content-Disposition: form-data; name="${of}"\r\nContent-Transfer-Encoding: base64`,
  (of) => `Content-Disposition: attachment; name*=utf-8''${encodeURIComponent(of.toWellFormed())}`,
  (of) => `Content-Disposition: form-data; name="${of}"\r\nContent-Type: multipart/mixed; boundary=y`,
  () => 'Content-Disposition: form-data',
  () => 'Content-Disposition:',
  () => `X: ${'y'.repeat(20_000)}`,
  () => ': :',
  () => '',
);
const honestHeader = (of: string) => `Content-Disposition: form-data; name="${of}"`;

interface Encoded {
  contentType: string;
  body: Buffer;
}

const multipart: fc.Arbitrary<Encoded> = fc
  .record({
    fields,
    boundary,
    declared: fc.option(boundary, { freq: 4 }),
    header: fc.array(fc.option(headers, { freq: 3 }), { maxLength: 14 }),
    newline: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
    begin: fc.constantFrom('', '', 'preamble\r\n', '\r\n'),
    end: fc.constantFrom('--\r\n', '--\r\n', '--', '-', '', '\r\n', '--epilogue\r\n--x--'),
  })
  .map(({ fields: all, boundary: of, declared, header, newline, begin, end }) => {
    const parts = all.map(([key, value], nth) => {
      const head = (header[nth] ?? honestHeader)(key);
      return `--${of}${newline}${head}${newline}${newline}${value}${newline}`;
    });
    return {
      contentType: `multipart/form-data; boundary=${declared ?? of}`,
      body: Buffer.from(`${begin}${parts.join('')}--${of}${end}`),
    };
  });

const form: fc.Arbitrary<Encoded> = fc.tuple(fields, fc.boolean(), charset).map(([all, isEscaped, of]) => ({
  contentType: `application/x-www-form-urlencoded; charset=${of}`,
  body: Buffer.from(
    all
      .map(([key, value]) =>
        isEscaped
          ? `${encodeURIComponent(key.toWellFormed())}=${encodeURIComponent(String(value).toWellFormed())}`
          : `${key}=${value}`,
      )
      .join('&'),
  ),
}));

const oddJson = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -0,
    1e300,
    12345678901234567890n.toString(),
    [],
    {},
    [[]],
    ['Emma', 7],
    { a: { b: [1] } },
  ),
  fc.json({ maxDepth: 3 }).map((value) => JSON.parse(value)),
);
const json: fc.Arbitrary<Encoded> = fc
  .record({
    fields,
    odd: fc.array(fc.tuple(name, oddJson), { maxLength: 4 }),
    depth: fc.constantFrom(0, 0, 0, 0, 1, 70, 3_000),
    isUtf16: fc.constantFrom(false, false, false, true),
    begin: fc.constantFrom('', '', '', '\ufeff', ' \n\t'),
    charset,
  })
  .map(({ fields: all, odd, depth, isUtf16, begin, charset: of }) => {
    const flat = JSON.stringify(Object.fromEntries([...all, ...odd]));
    const written = `${begin}${'{"event":'.repeat(depth)}${flat}${'}'.repeat(depth)}`;
    return {
      contentType: `application/json; charset=${isUtf16 ? 'utf-16' : of}`,
      body: isUtf16 ? Buffer.from(written, 'utf16le') : Buffer.from(written),
    };
  });

/** Made to exhaust whoever reads them. Few, for each is up to a megabyte. */
const bomb: fc.Arbitrary<Encoded> = fc
  .tuple(
    fc.constantFrom<[string, string]>(
      ['application/json', '['],
      ['application/json', '{"a":'],
      ['application/json', '{"a":"'],
      ['text/plain', 'a&'],
      ['text/plain', '%'],
      ['text/plain', '='],
      ['multipart/form-data; boundary=x', '--x\r\n\r\n\r\n'],
      ['multipart/form-data; boundary=x', '\n--x '],
      ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'],
      ['multipart/form-data; boundary=-', '-'],
      ['multipart/form-data', '\n'],
      ['application/x-www-form-urlencoded', ' '],
    ),
    fc.nat({ max: 1_000_000 }),
  )
  .map(([[contentType, piece], size]) => ({
    contentType,
    body: Buffer.from(piece.repeat(Math.ceil(size / piece.length))),
  }));
const binary: fc.Arbitrary<Encoded> = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => ({ contentType: 'application/octet-stream', body: Buffer.from(bytes) }));
const empty: fc.Arbitrary<Encoded> = fc.constant({ contentType: 'text/plain', body: Buffer.alloc(0) });

const encoded = fc.oneof(
  { weight: 160, arbitrary: multipart },
  { weight: 80, arbitrary: form },
  { weight: 120, arbitrary: json },
  { weight: 20, arbitrary: binary },
  { weight: 10, arbitrary: empty },
  { weight: 1, arbitrary: bomb },
);
const otherTypes = fc.oneof(
  fc.constantFrom<string | null>(
    null,
    '',
    'none',
    'text/html',
    'multipart/form-data',
    'multipart/mixed; boundary=x',
    'application/json',
    'application/x-www-form-urlencoded',
    ';',
    'a/b; charset',
    'multipart/form-data; boundary',
    `multipart/form-data; ${'a="'.repeat(200)}`,
  ),
  fc.stringMatching(/^[ -~]{0,60}$/),
);
const query = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fields.map((all) =>
      new URLSearchParams(
        all.map(([key, value]): [string, string] => [
          key.toWellFormed(),
          String(value).toWellFormed().slice(0, 200),
        ]),
      )
        .toString()
        .slice(0, 4_000),
    ),
  },
  { weight: 1, arbitrary: fc.stringMatching(/^[!-~]{0,200}$/).map((each) => each.replaceAll('#', '')) },
);

/** Deliveries that no phone system should send: of every form, wrongly labelled, cut off, mixed up, too much. */
export const hostileDelivery: fc.Arbitrary<Delivery> = fc
  .record({
    encoded,
    otherType: fc.option(otherTypes, { freq: 3 }),
    isMislabelled: fc.constantFrom(true, false, false),
    mutations,
    query,
    method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'GET'),
  })
  .map(({ encoded: of, otherType, isMislabelled, mutations: all, query: given, method }) => {
    const contentType = isMislabelled ? otherType : of.contentType;
    if (method === 'GET') return { method, contentType: null, query: given, body: Buffer.alloc(0) };
    return { method: 'POST' as const, contentType, query: given, body: mutate(of.body, all) };
  });
