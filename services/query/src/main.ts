import { runMain, runServices } from '@ringback/service-kit';
import { query } from './index.ts';

await runMain(() => runServices([query], { name: 'query' }));
