import { systemClock } from '../clock.js';
import { MemoryNetwork } from './memory-network.js';
import { transportContract } from './transport.contract.js';

transportContract('the memory network', () => {
  const network = new MemoryNetwork({ clock: systemClock, random: () => 0.5 });
  let served = 0;
  return {
    dial: (cluster) => network.dial('client', cluster),
    connect: network.connect('client'),
    async serve(node, again) {
      const address = again?.grpc ?? `served-${served++}`;
      const stop = network.serve(address, node);
      return { grpc: address, http: '', stop: async () => stop() };
    },
  };
});
