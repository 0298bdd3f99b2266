import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Contract } from '../administration/events.ts';
import { parseCatalog } from '../catalog/parse-catalog.ts';
import {
  chooseContract,
  coverageUnder,
  coverageWithoutContract,
  findRecovery,
  planOf,
  planTerms,
  priorityUnder,
  type Standing,
  standingAt,
} from './index.ts';
import { at } from './testing/histories.ts';

function shipped(name: string) {
  const text = readFileSync(new URL(`../../../../catalogs/${name}.yaml`, import.meta.url), 'utf8');
  return { version: 3, content: parseCatalog(text, () => []) };
}
const setRate = shipped('set-rate-contract');
const catLevels = shipped('cat-levels');
const supportCentre = shipped('technical-support-centre');

const contract = (fields: Partial<Contract> = {}) => ({
  id: 'contract-1',
  customerId: 'corner-bakery',
  catalog: 'set-rate-contract',
  plan: 'set-rate',
  from: at('08:00'),
  until: at('18:00'),
  acceptedAt: at('07:00'),
  paidAt: at('07:30'),
  ...fields,
});

describe('the standing of a contract', () => {
  const plan = planOf(setRate.content, 'set-rate');

  it.each([
    ['08:00', 'active'],
    ['07:59', 'not-started'],
    ['17:59', 'active'],
    ['18:00', 'ended'],
    ['07:30', 'not-started'],
    ['07:29', 'not-paid'],
    ['06:59', 'not-accepted'],
  ] as const)('at %s is %s', (time, standing) => {
    expect(standingAt(contract(), plan, at(time))).toBe(standing);
  });

  it('is judged across offsets', () => {
    expect(standingAt(contract({ from: '2026-03-02T10:00:00+02:00' }), plan, at('08:00'))).toBe('active');
    expect(standingAt(contract({ from: '2026-03-02T10:00:00+02:00' }), plan, at('07:59'))).toBe(
      'not-started',
    );
  });

  it('needs acceptance and payment only where the plan asks for them', () => {
    const unpaid = contract({ acceptedAt: null, paidAt: null });
    expect(standingAt(unpaid, plan, at('12:00'))).toBe('not-accepted');
    expect(standingAt(contract({ paidAt: null }), plan, at('12:00'))).toBe('not-paid');
    expect(standingAt(unpaid, planOf(catLevels.content, 'cat-1'), at('12:00'))).toBe('active');
  });

  it('without bounds is active', () => {
    expect(standingAt(contract({ from: null, until: null }), plan, at('12:00'))).toBe('active');
  });
});

describe('the coverage of a ticket', () => {
  it('names contract, standing and the plan in its catalog version', () => {
    expect(coverageUnder(contract(), setRate, at('12:00'))).toEqual({
      contractId: 'contract-1',
      standing: 'active',
      plan: { catalog: 'set-rate-contract', catalogVersion: 3, plan: 'set-rate' },
      chargeable: false,
    });
  });

  it('is chargeable when the contract is not active', () => {
    expect(coverageUnder(contract(), setRate, at('18:00'))).toMatchObject({
      standing: 'ended',
      chargeable: true,
    });
  });

  it.each([
    ['none', true],
    ['cat-s', true],
    ['cat-1', false],
  ])('under the plan %s is chargeable: %s', (plan, chargeable) => {
    expect(coverageUnder(contract({ catalog: 'cat-levels', plan }), catLevels, at('12:00'))).toMatchObject({
      standing: 'active',
      chargeable,
    });
  });

  it('without a contract runs under the plan that the catalog has for that', () => {
    expect(coverageWithoutContract(catLevels)).toMatchObject({
      contractId: null,
      standing: 'none',
      plan: { plan: 'none' },
      chargeable: true,
    });
    expect(coverageWithoutContract(supportCentre)).toMatchObject({ plan: null, chargeable: true });
    expect(coverageWithoutContract(null)).toMatchObject({ plan: null, chargeable: true });
  });

  it('cannot be of a plan that the catalog lacks, nor of one that every object has', () => {
    expect(() => coverageUnder(contract({ plan: 'gold' }), setRate, at('12:00'))).toThrow(/"gold".*set-rate/);
    expect(() => planOf(setRate.content, 'constructor')).toThrow(RangeError);
  });
});

describe('the contract that a ticket falls under', () => {
  const choose = (standings: Standing[], contractId: string | null = null) =>
    chooseContract(
      standings.map((standing, index) => ({ contract: { id: `c${index}` }, standing })),
      contractId,
    );

  it('is the only one, active or not', () => {
    expect(choose(['ended'])).toEqual({ kind: 'chosen', contract: { id: 'c0' } });
  });

  it('is the only active one', () => {
    expect(choose(['ended', 'active', 'not-paid'])).toEqual({ kind: 'chosen', contract: { id: 'c1' } });
  });

  it('must be named otherwise', () => {
    expect(choose(['active', 'active'])).toEqual({ kind: 'ambiguous', contractIds: ['c0', 'c1'] });
    expect(choose(['ended', 'ended'])).toEqual({ kind: 'ambiguous', contractIds: ['c0', 'c1'] });
    expect(choose(['active', 'active'], 'c1')).toEqual({ kind: 'chosen', contract: { id: 'c1' } });
  });

  it('is the one that is named, if it is the customer’s', () => {
    expect(choose(['active', 'ended'], 'c1')).toEqual({ kind: 'chosen', contract: { id: 'c1' } });
    expect(choose(['active'], 'c7')).toEqual({ kind: 'unknown', contractId: 'c7' });
    expect(choose([])).toEqual({ kind: 'none' });
  });
});

describe('the terms of a plan', () => {
  const low = contract({ catalog: 'technical-support-centre', plan: 'office-hours' });

  it('offer a turnaround where the plan does and the contract is active', () => {
    const terms = planTerms(coverageUnder(low, supportCentre, at('12:00')), supportCentre.content);
    expect(terms?.priorities).toEqual(['emergency', 'high', 'normal', 'low']);
    expect(['low', 'normal'].map((priority) => terms?.offersTurnaround(priority))).toEqual([true, false]);
    const ended = planTerms(coverageUnder(low, supportCentre, at('19:00')), supportCentre.content);
    expect(ended?.offersTurnaround('low')).toBe(false);
  });

  it('are none without a plan', () => {
    expect(planTerms(coverageWithoutContract(null), null)).toBeNull();
  });

  it('keep a priority that the catalog knows', () => {
    expect(priorityUnder(setRate.content, 'urgent')).toBe('urgent');
    expect(priorityUnder(setRate.content, 'normal')).toBe('important');
  });
});

describe('the recovery of a ticket that was opened without an active contract', () => {
  const plan = planOf(setRate.content, 'set-rate');
  const definition = (recordedAt: string, position: number, fields: Partial<Contract>) => ({
    contract: contract(fields),
    recordedAt,
    position,
  });
  const lapsed = definition(at('07:00'), 1, { until: at('10:00') });

  it('is the renewal that reaches back to the expiry', () => {
    const note = definition(at('13:00'), 2, { until: at('10:00') });
    const renewal = definition(at('14:00'), 3, { until: at('18:00') });
    expect(findRecovery([lapsed, note, renewal], () => plan, at('12:00'))).toBe(renewal);
    expect(findRecovery([lapsed, renewal], () => null, at('12:00'))).toBeNull();
  });

  it('is not a renewal that leaves the opening uncovered', () => {
    const later = definition(at('14:00'), 2, { from: at('13:00'), until: at('18:00') });
    expect(findRecovery([lapsed, later], () => plan, at('12:00'))).toBeNull();
  });

  it('is nothing that was known at the opening', () => {
    expect(findRecovery([definition(at('11:00'), 1, {})], () => plan, at('12:00'))).toBeNull();
  });
});
