import { expect, it } from 'vitest';
import { containerEnvironment } from './container.ts';

it('gives a container the settings of a broker from jars', () => {
  const listening = { host: 'engine', bind: '0.0.0.0', port: 21_001, controllerPort: 21_002 };
  const environment = containerEnvironment({ ...listening, dataFolder: '/data' });
  expect(environment).toMatchObject({
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: 'PLAINTEXT://0.0.0.0:21001,CONTROLLER://127.0.0.1:21002',
    KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://engine:21001',
    KAFKA_LOG_DIRS: '/data',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  });
  expect(Object.keys(environment)).toHaveLength(17);
});
