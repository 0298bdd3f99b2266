import { runMain, runServices } from '@ringback/service-kit';
import { intake } from './index.ts';

const usage = `pnpm service intake: runs this service until Ctrl-C. It is set up by environment variables, see README.md.`;

await runMain(usage, () => runServices([intake], { name: 'intake' }));
