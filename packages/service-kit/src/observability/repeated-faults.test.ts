import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createRepeatFilter } from './repeated-faults.ts';

function logInto() {
  const lines: { msg: string; repeated?: number; name?: string }[] = [];
  const clock = { now: 0 };
  const logger = pino(
    { hooks: { logMethod: createRepeatFilter(() => clock.now) } },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  return { lines, clock, logger };
}
const away = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

it('a transient fault is logged once, and after a minute again with the number left out', () => {
  const { lines, clock, logger } = logInto();
  const child = logger.child({ part: 'x' });
  for (let turn = 0; turn < 100; turn += 1) child.error({ err: away }, 'cannot write');
  expect(lines).toHaveLength(1);
  clock.now = 60_001;
  child.error({ err: away }, 'cannot write');
  child.error({ err: away }, 'cannot write');
  expect(lines).toMatchObject([{ msg: 'cannot write' }, { msg: 'cannot write', repeated: 99 }]);
});

it('other messages, other faults and lines without an error all pass', () => {
  const { lines, logger } = logInto();
  for (let turn = 0; turn < 2; turn += 1) {
    logger.error({ err: away }, 'cannot write');
    logger.error({ err: away }, 'cannot read');
    logger.error({ err: Object.assign(new Error('full'), { code: '53100' }) }, 'cannot write');
    logger.error({ err: new Error('ours') }, 'a bug');
    logger.info('text alone');
    logger.warn({ count: turn }, 'fields');
  }
  expect(lines.filter(({ msg }) => msg.startsWith('cannot'))).toHaveLength(3);
  expect(lines.filter(({ msg }) => !msg.startsWith('cannot'))).toHaveLength(6);
});
