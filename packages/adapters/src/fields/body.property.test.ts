import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readFields } from './body.ts';

const name = fc.stringMatching(/^[\w .:]{1,20}$/);
const text = fc.string({ unit: 'binary' }).map((each) => each.toWellFormed().replaceAll('\r', ''));
const pairs = fc.array(fc.tuple(name, text), { maxLength: 20 });

/** As Node's own client writes a form. */
async function encode(body: FormData | URLSearchParams) {
  const request = new Request('http://localhost', { method: 'POST', body });
  const bytes = Buffer.from(await request.arrayBuffer());
  return { contentType: request.headers.get('content-type'), query: '', body: bytes };
}

const lines = (value: string) => value.replaceAll('\r', '').replaceAll('\n', '\r\n');

it('Fields are read as a client wrote them, as multipart and as a form', async () => {
  await fc.assert(
    fc.asyncProperty(pairs, async (written) => {
      const wanted = new Map<string, string[]>();
      for (const [key, value] of written) wanted.set(key, [...(wanted.get(key) ?? []), value]);
      const form = new FormData();
      for (const [key, value] of written) form.append(key, value);
      const multipart = await readFields(await encode(form));
      // A client ends the lines of a multipart field with CRLF (WHATWG HTML, 4.10.21.8).
      expect([...multipart]).toEqual([...wanted].map(([key, values]) => [key, values.map(lines)]));
      expect([...(await readFields(await encode(new URLSearchParams(written))))]).toEqual([...wanted]);
    }),
  );
});

it('Any bytes of any declared type are read, or refused with a sentence', async () => {
  const type = fc.oneof(
    fc.constantFrom('multipart/form-data', 'multipart/mixed; boundary=a', 'application/json', 'text/plain'),
    fc
      .tuple(fc.constantFrom('a/b', 'multipart/x'), fc.constantFrom('boundary', 'charset'), fc.string())
      .map(([kind, parameter, value]) => `${kind}; ${parameter}=${value}`),
  );
  const pieces = fc.array(
    fc.constantFrom(
      '--a',
      '\r\n',
      '\n',
      '--',
      'Content-Disposition: form-data; name="n"',
      '{',
      '[',
      '"',
      '&',
      '=',
      '%',
      '\0',
      ' ',
    ),
    { maxLength: 40 },
  );
  const bytes = fc.oneof(
    fc.uint8Array().map(Buffer.from),
    pieces.map((each) => Buffer.from(each.join(''))),
  );
  await fc.assert(
    fc.asyncProperty(fc.option(type), bytes, async (contentType, body) => {
      const read = await readFields({ contentType, query: '', body }).catch((error: Error) => error.message);
      if (typeof read === 'string') expect(read).toMatch(/JSON|more than/);
    }),
    { numRuns: 500 },
  );
});
