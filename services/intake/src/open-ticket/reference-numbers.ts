import { createHash } from 'node:crypto';
import { formatReference, parseReference } from '@ringback/domain/ticket';
import type { Pool } from 'pg';

const blockSize = 1_000;

export interface ReferenceNumbers {
  /** The next ticket's id and reference number. */
  next(): Promise<{ id: string; reference: string }>;
  /** The id of the ticket with this reference number; null when it is none. */
  idOf(reference: string): string | null;
}

/**
 * Reference numbers from a sequence of the database, by blocks: unique over all processes, and no round trip for most
 * of them. Each installation counts through numbers of its own. A ticket's id is derived from its counter and the
 * installation's namespace (UUID version 8, RFC 9562), so that a number leads to its ticket without a table.
 */
export async function createReferenceNumbers(pool: Pool): Promise<ReferenceNumbers> {
  const { rows } = await pool.query<{ namespace: string; shift: string }>(
    'select namespace, reference_shift as shift from intake.namespace',
  );
  const namespace = rows[0]?.namespace ?? '';
  const shift = BigInt(rows[0]?.shift ?? 0);
  let next = 0;
  let end = 0;
  let taking: Promise<void> | null = null;
  const takeBlock = async () => {
    const { rows: blocks } = await pool.query<{ block: string }>(
      `select nextval('intake.reference_blocks') as block`,
    );
    next = Number(blocks[0]?.block) * blockSize;
    end = next + blockSize;
  };
  return {
    async next() {
      while (next >= end) {
        taking ??= takeBlock().finally(() => {
          taking = null;
        });
        await taking;
      }
      const counter = next;
      next += 1;
      return { id: ticketId(namespace, counter), reference: formatReference(counter, shift) };
    },
    idOf(text) {
      const parsed = parseReference(text, shift);
      return parsed.ok ? ticketId(namespace, parsed.counter) : null;
    },
  };
}

function ticketId(namespace: string, counter: number): string {
  const hex = createHash('sha256').update(`${namespace}/${counter}`).digest('hex');
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
