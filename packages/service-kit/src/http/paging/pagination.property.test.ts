import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Problem } from '../problems/problem.ts';
import { cursorNumber, decodeCursor, encodeCursor, PageQuery } from './pagination.ts';

const key = randomBytes(32);
const request = (url = '/v1/things', query: object = {}, cursorKey = key) =>
  ({ routeOptions: { url }, params: {}, query, server: { cursorKey } }) as unknown as FastifyRequest;

describe('A cursor', () => {
  it('leads back to what it was made from, whatever the size of the next page is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 200 }), (position, limit) => {
        const cursor = encodeCursor(request(), position);
        expect(decodeCursor(request('/v1/things', { limit, cursor }), cursor, z.json())).toEqual(
          JSON.parse(JSON.stringify(position)),
        );
      }),
    );
  });

  it('is refused on another route, with other filters, and by another installation', () => {
    const cursor = encodeCursor(request('/v1/things', { state: 'open' }), 7);
    expect(decodeCursor(request('/v1/things', { state: 'open' }), cursor, cursorNumber)).toBe(7);
    for (const other of [
      request('/v1/others', { state: 'open' }),
      request('/v1/things', { state: 'closed' }),
      request('/v1/things'),
      request('/v1/things', { state: 'open' }, randomBytes(32)),
    ]) {
      expect(() => decodeCursor(other, cursor, cursorNumber)).toThrow(Problem);
    }
  });

  it('is refused once any of it has changed, and when it is made up', () => {
    const cursor = encodeCursor(request(), { position: 1, id: 'x' });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.base64String(),
          fc.nat({ max: cursor.length - 1 }).map((at) => `${cursor.slice(0, at)}${cursor.slice(at + 1)}`),
          fc.nat({ max: cursor.length - 1 }).map((at) => {
            const bytes = Buffer.from(cursor, 'base64url');
            bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
            return bytes.toString('base64url');
          }),
        ),
        (forged) => {
          expect(() => decodeCursor(request(), forged, z.json())).toThrow(Problem);
        },
      ),
    );
  });

  it('whose content is not what the list asks for is refused, even when it is signed', () => {
    for (const position of [-1, 1.5, 2 ** 60, '7', null, {}]) {
      const cursor = encodeCursor(request(), position);
      expect(() => decodeCursor(request(), cursor, cursorNumber)).toThrow(Problem);
    }
  });
});

describe('The size of a page', () => {
  it.each(['0x10', '1e2', '+5', ' 5', '5 ', '5.0', '', '0', '-1', '201', 'ten', '٣'])(
    'is not %j',
    (limit) => {
      expect(PageQuery.safeParse({ limit }).success).toBe(false);
    },
  );

  it('is written in decimal digits, or left out', () => {
    expect(PageQuery.parse({ limit: '200' }).limit).toBe(200);
    expect(PageQuery.parse({ limit: '007' }).limit).toBe(7);
    expect(PageQuery.parse({}).limit).toBe(50);
  });
});
