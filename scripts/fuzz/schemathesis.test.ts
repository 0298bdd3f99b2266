import { afterEach, expect, it, vi } from 'vitest';
import { fuzz } from './schemathesis.ts';

afterEach(() => vi.unstubAllEnvs());

it('Without Schemathesis the fuzz fails, and says how to install it.', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const lines: string[] = [];
  expect(await fuzz({ cases: 1, seed: 1, write: (line) => lines.push(line) })).toBe(false);
  expect(lines.join('\n')).toContain('pipx install schemathesis');
});
