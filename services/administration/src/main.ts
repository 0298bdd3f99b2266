import { runMain, runServices } from '@ringback/service-kit';
import { administration } from './index.ts';

const usage = `pnpm service administration: runs this service until Ctrl-C. It is set up by environment variables, see README.md.`;

await runMain(usage, () => runServices([administration], { name: 'administration' }));
