import { runMain, runServices } from '@ringback/service-kit';
import { notification } from './index.ts';

const usage = `pnpm service notification: runs this service until Ctrl-C. It is set up by environment variables, see README.md.`;

await runMain(usage, () => runServices([notification], { name: 'notification' }));
