import { createManager, shutdownSignal } from 'controller-runtime';
import { addMemcachedController } from './controller.ts';

const manager = createManager({ fieldManager: 'memcached-operator' });
addMemcachedController(manager);
await manager.run(shutdownSignal());
