import { hostname } from 'node:os';
import {
  ApiServerConnection,
  createJsonLogger,
  createManager,
  loadKubeConfig,
  shutdownSignal,
} from 'controller-runtime';
import { addMemcachedController } from './controller.ts';

const manager = createManager({
  connection: new ApiServerConnection(loadKubeConfig({})),
  log: createJsonLogger(),
  fieldManager: 'memcached-operator',
  instance: hostname(),
});
addMemcachedController(manager);
await manager.run(shutdownSignal());
