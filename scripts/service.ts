/** `pnpm service NAME`: one service as a process of its own. */
import { readArguments, refuseArguments } from '@ringback/service-kit/command-line';

const names = ['administration', 'billing', 'intake', 'sla-timer', 'notification', 'query'];
const usage = `pnpm service NAME

Runs one service as a process of its own, until Ctrl-C. NAME is one of ${names.join(', ')}.
It needs DATABASE_URL; the other environment variables are in README.md.`;

const read = readArguments({ usage, takesNames: true });
if (read !== null) {
  const [name = '', ...more] = read.names;
  if (!names.includes(name)) {
    refuseArguments(name === '' ? 'A name is needed.' : `There is no service "${name}".`, usage);
  } else if (more.length > 0) {
    refuseArguments(`One name is needed, not ${1 + more.length}.`, usage);
  } else {
    process.argv.splice(2);
    await import(`../services/${name}/src/main.ts`);
  }
}
