// Jest's environment for Node, in a realm whose global object is an ordinary one.
//
// Jest gives each test file a global object behind interceptors and a Proxy, which every `Math` and every `Map` of the code
// goes through: measured here, code that computes runs at two thirds of its speed. V8 makes realms without them as well.
// Test files are as separate as before. Should Jest make its context in another way one day, this changes nothing.

import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

export default class PlainRealm extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }
}
