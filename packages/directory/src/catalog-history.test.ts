import { describe, expect, it } from 'vitest';
import { createCatalogHistory, type ExceptionHistory } from './catalog-history.ts';
import { PlanUnknown } from './errors.ts';
import type { CatalogVersion } from './port.ts';
import { shippedCatalog } from './testing/directory-database.ts';

const content = shippedCatalog('cat-levels');
const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 9, minute)).toISOString();

/** Recorded at the minute that is its position. */
const version = (number: number, position: number, plans = content.plans): CatalogVersion => ({
  id: 'cat-levels',
  version: number,
  content: { ...content, plans },
  digest: String(number),
  publishedAt: at(position),
  position,
});
const exception = (
  position: number,
  { date = '2026-12-28', removed = null as number | null, calendar = 'working' } = {},
): ExceptionHistory => ({
  calendar: `cat-levels/${calendar}`,
  date,
  hours: [],
  reason: 'Shutdown',
  position,
  addedAt: at(position),
  removedPosition: removed,
  removedAt: removed === null ? null : at(removed),
});
const reference = (catalogVersion = 1, plan = 'cat-1') => ({ catalog: 'cat-levels', catalogVersion, plan });

function history(...entries: (CatalogVersion | ExceptionHistory)[]) {
  const catalog = createCatalogHistory('cat-levels');
  for (const entry of entries) {
    if ('content' in entry) catalog.putVersion(entry);
    else catalog.putException(entry);
  }
  return catalog;
}

describe('the plans in force', () => {
  it('begin with what was known at the opening', () => {
    const catalog = history(version(1, 1), exception(2), exception(3, { date: '2026-12-29', removed: 4 }));
    const plans = catalog.plansInForce(reference(), at(5));
    expect(plans).toHaveLength(1);
    expect(plans[0]).toMatchObject({ from: Number.NEGATIVE_INFINITY, cause: null });
    const same = history(version(1, 1), exception(2)).plansInForce(reference(), at(5));
    expect(JSON.stringify(plans[0]?.plan)).toEqual(JSON.stringify(same[0]?.plan));
  });

  it('go on with each amendment from its recording, and say what it was', () => {
    const catalog = history(version(1, 1), exception(10, { removed: 12 }), version(2, 11));
    expect(catalog.plansInForce(reference(), at(5)).map(({ from, cause }) => [from, cause])).toEqual([
      [Number.NEGATIVE_INFINITY, null],
      [Date.parse(at(10)), { kind: 'calendar-exception', id: 'cat-levels/working/2026-12-28', position: 10 }],
      [Date.parse(at(11)), { kind: 'catalog', id: 'cat-levels@2', position: 11 }],
      [Date.parse(at(12)), { kind: 'calendar-exception', id: 'cat-levels/working/2026-12-28', position: 12 }],
    ]);
  });

  it('do not change with a calendar in which the plan promises nothing', () => {
    const catalog = history(version(1, 1), exception(10, { calendar: 'extended' }), exception(11));
    const amendments = (plan: string) =>
      catalog.plansInForce(reference(1, plan), at(5)).map(({ cause }) => cause?.position ?? null);
    expect(amendments('cat-1')).toEqual([null, 11]);
    expect(amendments('cat-2')).toEqual([null, 10, 11]);
    expect(amendments('cat-s')).toEqual([null]);
  });

  it('are amended once by exceptions that were recorded together', () => {
    const removal = { ...exception(9, { date: '2026-12-24' }), removedPosition: 11, removedAt: at(10) };
    const added = (position: number, date: string) => ({ ...exception(position, { date }), addedAt: at(10) });
    const catalog = history(
      version(1, 1),
      removal,
      added(12, '2026-12-29'),
      added(13, '2026-12-28'),
      // Of the same instant, and another matter: something of a ticket may lie between.
      added(15, '2026-12-30'),
    );
    const plans = catalog.plansInForce(reference(), at(9));
    expect(plans.map(({ from, cause }) => [from, cause?.id, cause?.position])).toEqual([
      [Number.NEGATIVE_INFINITY, undefined, undefined],
      [Date.parse(at(10)), 'cat-levels/working/2026-12-24..2026-12-29', 13],
      [Date.parse(at(10)), 'cat-levels/working/2026-12-30', 15],
    ]);
    const alone = history(version(1, 1), exception(2, { date: '2026-12-29' }), exception(3));
    expect(JSON.stringify(plans[1]?.plan)).toEqual(
      JSON.stringify(alone.plansInForce(reference(), at(5))[0]?.plan),
    );
  });

  it('follow an exception that takes the place of another', () => {
    const other = { ...exception(12), hours: [['09:00', '12:00']] as [string, string][] };
    const catalog = history(version(1, 1), exception(10, { removed: 12 }), other);
    expect(catalog.plansInForce(reference(), at(5)).map(({ cause }) => cause?.position ?? null)).toEqual([
      null,
      10,
      12,
    ]);
  });

  it('know what was recorded at the very instant of the opening', () => {
    const catalog = history(version(1, 1), exception(10));
    expect(catalog.plansInForce(reference(), at(10))).toHaveLength(1);
    expect(catalog.plansInForce(reference(), at(9))).toHaveLength(2);
  });

  it('begin with the version that the ticket names, even when it was published after the opening', () => {
    const catalog = history(version(1, 1), version(2, 10));
    expect(catalog.plansInForce(reference(2), at(5)).map(({ cause }) => cause)).toEqual([null]);
  });

  it('outlive a version that drops the plan', () => {
    const { 'cat-1': _dropped, ...others } = content.plans;
    const catalog = history(version(1, 1), version(2, 10, others), exception(11), version(3, 12));
    expect(catalog.plansInForce(reference(), at(5)).map(({ cause }) => cause?.position ?? null)).toEqual([
      null,
      11,
      12,
    ]);
  });

  it('are the same objects until something changes', () => {
    const catalog = history(version(1, 1), exception(2));
    const plans = catalog.plansInForce(reference(), at(5));
    expect(catalog.plansInForce(reference(), at(7))).toBe(plans);
    catalog.putException(exception(10, { date: '2026-12-29' }));
    const amended = catalog.plansInForce(reference(), at(5));
    expect(amended).toHaveLength(2);
    expect(amended[0]?.plan).toBe(plans[0]?.plan);
  });

  it('are unknown for a version or a plan that is not there', () => {
    const catalog = history(version(1, 1));
    expect(() => catalog.plansInForce(reference(2), at(5))).toThrow(PlanUnknown);
    expect(() => catalog.plansInForce(reference(1, 'gold'), at(5))).toThrow(PlanUnknown);
    expect(() => catalog.plansInForce(reference(1, 'constructor'), at(5))).toThrow(PlanUnknown);
  });
});
