import type { student } from '@ringcache/proto';
import type { Students } from './students.js';
import { unary, type Witnesses } from './unary.js';

export function studentService(students: Students, witnesses: Witnesses): student.StudentServiceServer {
  return {
    create: unary(witnesses, (request) => students.create(request)),
    get: unary(witnesses, ({ name }, trace) => students.get(name, trace)),
    update: unary(witnesses, (request) => students.update(request)),
    delete: unary(witnesses, async ({ name }) => {
      await students.delete(name);
      return {};
    }),
    list: unary(witnesses, (request) => students.list(request)),
  };
}
