import type { Schedule } from '@ringback/schedule';
import { Gauge, type Registry } from 'prom-client';

const observed = new WeakMap<Registry, Pick<Schedule, 'kinds' | 'stuck'>[]>();

/** Shows in the metrics what does not fire, for each kind. May be called for several schedules of one process. */
export function observeSchedule(registry: Registry, schedule: Pick<Schedule, 'kinds' | 'stuck'>): void {
  const schedules = observed.get(registry);
  if (schedules !== undefined) {
    schedules.push(schedule);
    return;
  }
  const all = [schedule];
  observed.set(registry, all);
  const failing = new Gauge({
    name: 'ringback_schedule_failing',
    help: 'Items that fail when they are fired and are tried again',
    labelNames: ['kind'],
    registers: [registry],
  });
  new Gauge({
    name: 'ringback_schedule_set_aside',
    help: 'Items that are not fired any more because the process ended each time',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      for (const { kinds, stuck } of all) {
        const items = await stuck();
        for (const kind of kinds) {
          const count = (state: string) =>
            items.filter((item) => item.kind === kind && item.state === state).length;
          this.set({ kind }, count('set-aside'));
          failing.set({ kind }, count('failing'));
        }
      }
    },
  });
}
