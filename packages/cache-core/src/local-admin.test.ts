import { adminContract } from './testing/admin.contract.js';

adminContract('the admin of a node in this process');
