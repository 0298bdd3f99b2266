import { runMain, runServices } from '@ringback/service-kit';
import { query } from './index.ts';

const usage = `pnpm service query: runs this service until Ctrl-C. It is set up by environment variables, see README.md.`;

await runMain(usage, () => runServices([query], { name: 'query' }));
