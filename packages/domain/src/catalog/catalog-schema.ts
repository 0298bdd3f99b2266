import * as z from 'zod';
import { Catalog } from './catalog.ts';

/** The catalog's JSON Schema (draft 2020-12), as editors use it: `catalogs/catalog.schema.json` is this. */
export function catalogJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(Catalog, { target: 'draft-2020-12', io: 'input' });
  return { $id: 'https://ringback.example/catalog.schema.json', title: 'Ringback catalog', ...schema };
}
