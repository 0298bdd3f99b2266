import { runMain, runServices } from '@ringback/service-kit';
import { slaTimer } from './index.ts';

const usage = `pnpm service sla-timer: runs this service until Ctrl-C. It is set up by environment variables, see README.md.`;

await runMain(usage, () => runServices([slaTimer], { name: 'sla-timer' }));
