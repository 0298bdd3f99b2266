import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg, { type Pool, type PoolClient } from 'pg';

/** Queries on tables of the type `Tables`: one interface per table, its columns in camelCase. */
export type Queries<Tables> = Kysely<Tables>;

const readNumber = (text: string) => Number(text);

/** Positions and counts stay below 2^53, so a bigint is read as a number; everything else as pg reads it. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? readNumber
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * Builds and runs queries on a pool, or on the one connection of a transaction; commit and rollback stay with whoever
 * began it. Columns are snake_case in PostgreSQL and camelCase here; what stands in a jsonb column keeps its keys.
 */
export function createQueries<Tables>(connection: Pool | PoolClient): Queries<Tables> {
  return new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: asPool(connection) }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}

function asPool(connection: Pool | PoolClient): PostgresPool {
  const connect = async () => ('totalCount' in connection ? await lend(connection) : keep(connection));
  return { connect, end: async () => {} } as unknown as PostgresPool;
}

/** As pg's own `pool.query`: a connection on which a query failed does not go back to the pool, it may be broken. */
async function lend(pool: Pool) {
  const client = await pool.connect();
  let failure: Error | undefined;
  return {
    async query(text: string, values: readonly unknown[]) {
      try {
        return await client.query({ text, values: [...values], types });
      } catch (error) {
        failure = error as Error;
        throw error;
      }
    },
    release: () => client.release(failure),
  };
}

function keep(client: PoolClient) {
  return {
    query: (text: string, values: readonly unknown[]) => client.query({ text, values: [...values], types }),
    release: () => {},
  };
}
