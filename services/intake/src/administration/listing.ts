import type { AdministrationKind } from '@ringback/domain/administration';
import { cursorText, decodeCursor, encodeCursor, type ServiceContext } from '@ringback/service-kit';
import type { FastifyRequest } from 'fastify';

type Item = { id: string; version: number };

/** A page of one kind of aggregate, by id. */
export async function listPage<T>(
  kind: AdministrationKind,
  request: FastifyRequest<{ Querystring: { limit: number; cursor?: string | undefined } }>,
  { administration }: ServiceContext,
  represent: (record: never) => T,
): Promise<{ items: T[]; next: string | null }> {
  const { limit, cursor } = request.query;
  const after = cursor === undefined ? null : decodeCursor(request, cursor, cursorText);
  const records = (await administration.list(kind, { after, limit: limit + 1 })) as unknown as Item[];
  const page = records.slice(0, limit);
  const last = page[page.length - 1];
  return {
    items: page.map((record) => represent(record as never)),
    next: records.length > limit && last !== undefined ? encodeCursor(request, last.id) : null,
  };
}
