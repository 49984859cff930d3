import { mutantsAreCaught } from './mutants.contract.js';

mutantsAreCaught(({ test }) => test === undefined);
