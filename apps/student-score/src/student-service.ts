import type { Logger } from '@ringcache/logger';
import type { student } from '@ringcache/proto';
import type { Students } from './students.js';
import { unary } from './unary.js';

export function studentService(students: Students, log: Logger): student.StudentServiceServer {
  return {
    create: unary(log, (request) => students.create(request)),
    get: unary(log, ({ name }) => students.get(name)),
    update: unary(log, (request) => students.update(request)),
    delete: unary(log, async ({ name }) => {
      await students.delete(name);
      return {};
    }),
    list: unary(log, (request) => students.list(request)),
  };
}
