import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { countSetAside } from './delivery-store.ts';

/** A gauge, not a counter: it stays until somebody has looked, and a process that has just ended counts nothing. */
export function observeDeliveries(pool: Pool, registry: Registry): void {
  new Gauge({
    name: 'ringback_intake_deliveries_set_aside',
    help: 'Deliveries that are set aside because interpreting them ended the process',
    registers: [registry],
    async collect() {
      this.set(await countSetAside(pool));
    },
  });
}
