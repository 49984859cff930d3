import { codeOf } from './failure.js';

/** Whether a process of that id runs; another user's too. Ids are used again, so it may be another process by now. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
