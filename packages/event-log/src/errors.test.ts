import { describe, expect, it } from 'vitest';
import {
  isConnectionFault,
  isStorageFault,
  isTransientFault,
  LogUnavailable,
  VersionConflict,
} from './errors.ts';

const withCode = (code: string) => Object.assign(new Error('x'), { code });

describe('a fault of the database', () => {
  const transient = [
    ...['08000', '08003', '08006', '57P01', '57P02', '57P03', '53300', '25P03'],
    ...['53000', '53100', '53200', '53400', '57014', '58000', '58030', '55P03', '40001', '40P01', '40003'],
    ...['25006', '28P01', '28000', '3D000'],
    ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
  ];
  it.each(transient)('%s is transient: it is tried again, and nothing is set aside', (code) => {
    expect(isTransientFault(withCode(code))).toBe(true);
  });

  it.each(['22P02', '23505', '23502', '22021', '42P01', '42601', 'XX000', 'P0001', 'ERR_INVALID_ARG_TYPE'])(
    '%s is the statement’s own, and stays when it is tried again',
    (code) => {
      expect(isTransientFault(withCode(code))).toBe(false);
      expect(isConnectionFault(withCode(code))).toBe(false);
    },
  );

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
  ])('"%s" of the driver leaves the outcome unknown', (message) => {
    expect(isConnectionFault(new Error(message))).toBe(true);
  });

  it.each(['no plan with a timeout of 5', 'the connection is not a phone', 'terminated'])(
    '"%s" of a handler is not one of the driver',
    (message) => {
      expect(isTransientFault(new Error(message))).toBe(false);
    },
  );

  it('that was refused in good order has a known outcome', () => {
    for (const code of ['53100', '57014', '40001', '55P03', '58030'])
      expect(isConnectionFault(withCode(code)) && code !== '57014').toBe(false);
  });

  it('is found below the errors that wrap it', () => {
    expect(isTransientFault(new LogUnavailable(withCode('22P02')))).toBe(true);
    expect(isTransientFault(new Error('outer', { cause: withCode('53100') }))).toBe(true);
    expect(isTransientFault(new VersionConflict({ category: 'ticket', id: 'x' }, 1, 2))).toBe(false);
    expect(isTransientFault('a text')).toBe(false);
  });

  it('of the disk is distinguished', () => {
    expect([isStorageFault(withCode('53100')), isStorageFault(withCode('53200'))]).toEqual([true, false]);
  });
});
