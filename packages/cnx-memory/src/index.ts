export { type Delivery, type DeliveryKind, DeliveryPool, inOrder, type Schedule } from './delivery.ts';
export { createMemoryNetwork, type MemoryNetwork, type MemoryNetworkOptions } from './memory-network.ts';
