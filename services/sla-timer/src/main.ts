import { runMain, runServices } from '@ringback/service-kit';
import { slaTimer } from './index.ts';

await runMain(() => runServices([slaTimer], { name: 'sla-timer' }));
