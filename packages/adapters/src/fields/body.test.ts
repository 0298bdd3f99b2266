import { describe, expect, it } from 'vitest';
import { readFields } from './body.ts';

const crlf = (text: string) => text.replaceAll('\n', '\r\n');

async function read(body: string | Buffer, contentType: string | null = null, query = '') {
  const fields = await readFields({ contentType, query, body: Buffer.from(body as string) });
  return Object.fromEntries(fields);
}

const form = 'multipart/form-data; boundary=x';
const field = (name: string, value: string) =>
  `--x\nContent-Disposition: form-data; name="${name}"\n\n${value}\n`;

describe('a multipart body', () => {
  it('has its fields read in order, with every value of a name', async () => {
    const body = crlf(
      `${field('event', 'newCall')}${field('user[]', 'Emma')}${field('user[]', 'Noah')}--x--\n`,
    );
    expect(await read(body, form)).toEqual({ event: ['newCall'], user: ['Emma', 'Noah'] });
  });

  it('keeps its fields where a part has no name, or no headers', async () => {
    const nameless = '--x\nContent-Disposition: form-data\n\nv\n';
    expect(await read(crlf(`${nameless}--x--`), form)).toEqual({});
    const body = crlf(
      `${nameless}${field('event', 'newCall')}--x\n\nbare\n--x\n--x\n${field('callId', '1')}--x--`,
    );
    expect(await read(body, form)).toEqual({ event: ['newCall'], callId: ['1'] });
  });

  it('keeps its fields where a file stands among them', async () => {
    const file = '--x\nContent-Disposition: form-data; name="f"; filename="a; name=b"\n\n\0\xff\n';
    const nested =
      '--x\nContent-Disposition: form-data; name="g"\nContent-Type: multipart/mixed; boundary=y\n\n--y--\n';
    const body = crlf(`${field('event', 'answer')}${file}${nested}${field('callId', '2')}--x--`);
    expect(await read(body, form)).toEqual({ event: ['answer'], callId: ['2'] });
  });

  it('keeps a field whose type is that of a file, where it has no file name', async () => {
    const typed =
      '--x\nContent-Disposition: form-data; name="callId"\nContent-Type: application/octet-stream\n\n3\n';
    expect(await read(crlf(`${typed}--x--`), form)).toEqual({ callId: ['3'] });
  });

  it.each([
    ['with line feeds alone', `${field('event', 'answer')}${field('to', '')}--x--\n`],
    [
      'with a folded header',
      crlf(`--x\nContent-Disposition: form-data;\n\tname="event"\n\nanswer\n${field('to', '')}--x--`),
    ],
    [
      'with text before and after',
      crlf(`preamble\n\n${field('event', 'answer')}${field('to', '')}--x--\nepilogue`),
    ],
    ['without its last delimiter', crlf(`${field('event', 'answer')}${field('to', '')}`)],
    ['cut off in its last delimiter', crlf(`${field('event', 'answer')}${field('to', '')}--x-`)],
    ['cut off before the end of a delimiter', crlf(`${field('event', 'answer')}${field('to', '')}--x`)],
    [
      'with spaces after its delimiters',
      crlf(`${field('event', 'answer')}${field('to', '')}--x--`.replaceAll('--x\n', '--x \t\n')),
    ],
    ['with plain names', crlf(`${field('event', 'answer')}${field('to', '')}--x--`.replaceAll('"', ''))],
  ])('is read %s', async (_, body) => {
    expect(await read(body, form)).toEqual({ event: ['answer'], to: [''] });
  });

  it('keeps a value that holds what looks like its delimiter', async () => {
    const value = 'a\n--xy\nb --x c\n--x d';
    expect(await read(crlf(`${field('event', value)}--x--`), form)).toEqual({ event: [crlf(value)] });
  });

  it.each([
    ['none', 'multipart/form-data'],
    ['an empty one', 'multipart/form-data; boundary=""'],
    ['another', 'multipart/form-data; boundary=other'],
    ['one of 20,000 characters', `multipart/form-data; boundary=${'x'.repeat(20_000)}`],
    ['a quoted one', 'multipart/form-data; charset=utf-8; Boundary="x"'],
    ['one of another type', 'application/x-www-form-urlencoded'],
  ])('is read when the declared boundary is %s', async (_, contentType) => {
    expect(await read(crlf(`${field('event', 'hangup')}--x--`), contentType)).toEqual({ event: ['hangup'] });
  });

  it('decodes each field by its own charset, else by that of the whole', async () => {
    const own =
      '--x\nContent-Disposition: form-data; name="a"\nContent-Type: text/plain; charset=utf-8\n\nM\xc3\xbcller\n';
    const body = Buffer.from(crlf(`${own}${field('b', 'M\xfcller')}--x--`), 'latin1');
    expect(await read(body, `${form}; charset=iso-8859-1`)).toEqual({ a: ['Müller'], b: ['Müller'] });
  });
});

describe('a body', () => {
  it.each([
    ['JSON in UTF-16', 'application/json; charset=utf-16', Buffer.from('{"name":"Zoë"}', 'utf16le')],
    ['JSON in Latin-1', 'application/json; charset=latin1', Buffer.from('{"name":"Zoë"}', 'latin1')],
    ['JSON of an unknown charset', 'application/json; charset=klingon', Buffer.from('{"name":"Zoë"}')],
    ['JSON after a byte order mark', 'application/json', Buffer.from('\ufeff{"name":"Zoë"}')],
    ['JSON after a byte order mark of UTF-16', null, Buffer.from('\ufeff{"name":"Zoë"}', 'utf16le')],
    ['a form in UTF-8', 'application/x-www-form-urlencoded', Buffer.from('name=Zo%C3%AB')],
    ['a form in Latin-1', 'application/x-www-form-urlencoded; charset=ISO-8859-1', Buffer.from('name=Zo%EB')],
    ['an unescaped form in Latin-1', 'text/plain; charset="latin1"', Buffer.from('name=Zoë', 'latin1')],
    [
      'a form in UTF-16',
      'application/x-www-form-urlencoded; charset=utf-16le',
      Buffer.from('name=Zo%C3%AB', 'utf16le'),
    ],
  ])('is decoded: %s', async (_, contentType, body) => {
    expect(await read(body, contentType)).toEqual({ name: ['Zoë'] });
  });

  it('is read as a form where it is none of the others, and its query too', async () => {
    expect(
      await read('event=answer&&to=%2B44+20&bare&a=b=c&bad=%zz', 'text/xml', '?x=1&user[]=Emma'),
    ).toEqual({
      '?x': ['1'],
      user: ['Emma'],
      event: ['answer'],
      to: ['+44 20'],
      bare: [''],
      a: ['b=c'],
      bad: ['%zz'],
    });
  });

  it('may name its fields after what objects inherit', async () => {
    const body = '{"__proto__":"a","constructor":["b"],"hasOwnProperty":{"c":1}}';
    const fields = await readFields({ contentType: null, query: '__proto__=d', body: Buffer.from(body) });
    expect([...fields]).toEqual([
      ['__proto__', ['d', 'a']],
      ['constructor', ['b']],
      ['hasOwnProperty', [{ c: '1' }]],
    ]);
  });

  it('keeps a number as it was written', async () => {
    expect(await read('{"callId":12345678901234567890,"ids":[1.0]}')).toEqual({
      callId: ['12345678901234567890'],
      ids: ['1.0'],
    });
  });

  it.each([
    ['half a JSON object', '{"event":', 'not valid JSON'],
    ['a JSON list', '[{}]', 'not an object'],
    ['500,000 brackets', '['.repeat(500_000), 'deeper than 64 levels'],
    ['250,000 nested objects', `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`, 'deeper than 64 levels'],
    [
      '120,000 JSON keys',
      JSON.stringify(Object.fromEntries(Array.from({ length: 120_000 }, (_, i) => [i, 1]))),
      'more than 1000 fields',
    ],
    ['500,000 values of one name', 'a&'.repeat(500_000), 'more than 10000 values'],
    ['a list of 500,000', `{"a":[${'1,'.repeat(499_999)}1]}`, 'more than 10000 values'],
  ])('is refused with a sentence where it is %s', async (_, body, sentence) => {
    await expect(read(body)).rejects.toThrow(sentence);
  });

  it.each([
    ['100,000 parts', '--x\r\n\r\n\r\n'.repeat(100_000)],
    ['one header of a megabyte', `--x\r\nContent-Disposition: form-data; ${'a="'.repeat(300_000)}`],
    ['300,000 folded headers', `--x\r\nContent-Disposition: form-data${'\r\n ;'.repeat(250_000)}`],
    ['line feeds alone', '\n'.repeat(1_000_000)],
    ['beginnings of a delimiter', '\n--x '.repeat(200_000)],
    ['spaces after a delimiter', `\n--x${' '.repeat(900_000)}y`],
    ['hyphens alone', '-'.repeat(1_000_000)],
    ['nothing', ''],
    ['half a character', Buffer.from([0xff, 0xfe, 0x7b])],
  ])('ends when it is multipart of %s', async (_, body) => {
    await read(body, form).catch((error) => expect(error.message).toMatch(/^it has more than/));
  });
});
