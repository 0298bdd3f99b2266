import { runMain, runServices } from '@ringback/service-kit';
import { billing } from './index.ts';

const usage = `pnpm service billing: runs this service until Ctrl-C. It is set up by environment variables, see README.md.`;

await runMain(usage, () => runServices([billing], { name: 'billing' }));
