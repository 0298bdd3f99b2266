import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const full = '/dev/full';
const logger = fileURLToPath(new URL('./logger.ts', import.meta.url));
const script = `
  import { createLogger } from ${JSON.stringify(logger)};
  const logger = createLogger('info', 'test');
  const text = 'x'.repeat(100_000);
  for (let line = 0; line < 50; line += 1) logger.info({ text }, 'a line');
  // As the product ends: a natural end would wait until the lines are written.
  setTimeout(() => process.stderr.write('still here', () => process.exit(0)), 50);
`;

it.runIf(existsSync(full))('A log that cannot be written does not end the process', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', openSync(full, 'w'), 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = await once(child, 'close');
  expect([code, said]).toEqual([0, 'still here']);
});
