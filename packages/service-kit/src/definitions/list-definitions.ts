import type { AdministrationKind } from '@ringback/domain/administration';
import type { FastifyRequest } from 'fastify';
import { pageLength } from '../http/paging/bounded-lists.ts';
import { cursorText, decodeCursor, encodeCursor } from '../http/paging/pagination.ts';
import type { ServiceContext } from '../service.ts';

type Item = { id: string; version: number };

/** Read at a time: a customer with every contact that it may have is a megabyte. */
const stepSize = 25;

/** A page of one kind of aggregate, by id; it ends early where they are large. */
export async function listDefinitions<T>(
  kind: AdministrationKind,
  request: FastifyRequest<{ Querystring: { limit: number; cursor?: string | undefined } }>,
  { directory }: ServiceContext,
  represent: (record: never) => T,
): Promise<{ items: T[]; next: string | null }> {
  const { limit, cursor } = request.query;
  const start = cursor === undefined ? null : decodeCursor(request, cursor, cursorText);
  const records: Item[] = [];
  let length = 0;
  for (;;) {
    const after = records.at(-1)?.id ?? start;
    // One more than the page: whether there are others.
    const step = Math.min(stepSize, limit + 1 - records.length);
    const found = (await directory.list(kind, { after, limit: step })) as unknown as Item[];
    records.push(...found);
    length = pageLength(records, limit);
    if (found.length < step || records.length > length) break;
  }
  const page = records.slice(0, length);
  const last = page[page.length - 1];
  return {
    items: page.map((record) => represent(record as never)),
    next: records.length > length && last !== undefined ? encodeCursor(request, last.id) : null,
  };
}
