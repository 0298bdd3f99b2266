import { runMain, runServices } from '@ringback/service-kit';
import { intake } from './index.ts';

await runMain(() => runServices([intake], { name: 'intake' }));
