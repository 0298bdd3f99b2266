import { runMain, runServices } from '@ringback/service-kit';
import { notification } from './index.ts';

await runMain(() => runServices([notification], { name: 'notification' }));
