import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type StoredEvent, StoredEventReader } from './stored-events.ts';

const epoch = Date.UTC(2000, 0, 1);

/** As PostgreSQL writes it: each field after its length in bytes. */
function rowOf({
  streamId,
  version,
  position,
  id,
  type,
  v,
  occurredAt,
  recordedAt,
  data,
}: StoredEvent): Buffer {
  const number = (bytes: 2 | 4, value: number) => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeIntBE(value, 0, bytes);
    return buffer;
  };
  const long = (value: number) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64BE(BigInt(value));
    return buffer;
  };
  const instant = (text: string) => long((Date.parse(text) - epoch) * 1_000);
  const fields = [
    number(4, -7),
    Buffer.from(streamId),
    number(4, version),
    long(position),
    Buffer.from(id.replaceAll('-', ''), 'hex'),
    Buffer.from(type),
    number(2, v),
    instant(recordedAt),
    occurredAt === recordedAt ? null : instant(occurredAt),
    Buffer.from(`\u0001${JSON.stringify(data)}`),
  ];
  const written = fields.flatMap((field) =>
    field === null ? [number(4, -1)] : [number(4, field.length), field],
  );
  return Buffer.concat([number(2, fields.length), ...written]);
}

const instant = fc
  .integer({ min: Date.UTC(1970, 0), max: Date.UTC(2199, 0) })
  .map((at) => new Date(at).toISOString());
const event = fc.record({
  streamId: fc.oneof(fc.constantFrom('a', 'b'), fc.uuid(), fc.string({ unit: 'grapheme', minLength: 1 })),
  version: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  id: fc.uuid(),
  type: fc.constantFrom('TicketOpened', 'TicketClosed', 'NoteAdded', 'SlaBreached'),
  v: fc.integer({ min: 1, max: 32_767 }),
  data: fc.dictionary(
    fc.string({ unit: 'grapheme' }),
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(null)),
    {
      noNullPrototype: true,
    },
  ),
  occurredAt: instant,
  recordedAt: instant,
});

it('reads every event, wherever the chunks end', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), fc.integer({ min: 1, max: 300 }), (events, size) => {
      const same = events.map((each, index) =>
        index % 2 === 0 ? each : { ...each, occurredAt: each.recordedAt },
      );
      const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
      const bytes = Buffer.concat([header, ...same.map(rowOf), Buffer.from([0xff, 0xff])]);
      const reader = new StoredEventReader();
      const read: StoredEvent[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        reader.read(bytes.subarray(at, at + size), (one, hash) => {
          expect(hash).toBe(-7);
          read.push(one);
        });
      }
      expect(read).toEqual(same);
    }),
    { numRuns: 300 },
  );
});
