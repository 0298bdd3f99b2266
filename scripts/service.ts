/** `pnpm service NAME`: one service as a process of its own. */
const names = ['intake', 'sla-timer', 'notification', 'query'];
const name = process.argv[2];

if (name === undefined || !names.includes(name)) {
  process.stderr.write(`pnpm service NAME: NAME is one of ${names.join(', ')}\n`);
  process.exitCode = 2;
} else {
  await import(`../services/${name}/src/main.ts`);
}
