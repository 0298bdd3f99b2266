import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';

/** Which release runs, on which Node: 1, with both as labels. */
export function observeBuild(registry: Registry, version: string): void {
  new Gauge({
    name: 'ringback_build_info',
    help: 'Always 1; its labels name the release and the version of Node that it runs on',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.versions.node }, 1);
}

/** What connections are for, and the pool that lends them. */
export type NamedPools = { readonly [name: string]: Pool };

/** How many connections each pool has, how many of them are idle, and how many callers wait for one. */
export function observePools(registry: Registry, pools: NamedPools): void {
  const gauge = (name: string, help: string, read: (pool: Pool) => number) =>
    new Gauge({
      name: `ringback_database_pool_${name}`,
      help,
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        for (const [name, pool] of Object.entries(pools)) this.set({ pool: name }, read(pool));
      },
    });
  gauge('connections', 'Connections that are open', ({ totalCount }) => totalCount);
  gauge('idle_connections', 'Open connections that are in use by nothing', ({ idleCount }) => idleCount);
  gauge('waiting_requests', 'Callers that wait for a connection', ({ waitingCount }) => waitingCount);
}

/** How large the log is: its events, and the bytes of its table with indexes. Both are read from PostgreSQL's catalogs. */
export function observeLogSize(registry: Registry, pool: Pool): void {
  const read = async (query: string): Promise<number> =>
    Number((await pool.query<{ value: string }>(query)).rows[0]?.value ?? 0);
  new Gauge({
    name: 'ringback_log_events',
    help: 'Events in the log: the position of the last one, as positions have no gaps',
    registers: [registry],
    async collect() {
      this.set(await read('select position as value from log.head'));
    },
  });
  new Gauge({
    name: 'ringback_log_size_bytes',
    help: 'Disk space of the log with its indexes',
    registers: [registry],
    async collect() {
      this.set(await read(`select pg_total_relation_size('log.events') as value`));
    },
  });
}
