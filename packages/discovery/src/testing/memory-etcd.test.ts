import { ManualClock } from '@ringcache/cache-core/testing';
import { storeContract } from '../etcd-store.contract.js';
import { MemoryEtcd } from './memory-etcd.js';

const etcd = new MemoryEtcd(new ManualClock());
storeContract('MemoryEtcd', () => etcd.store());
