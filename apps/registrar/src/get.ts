import type { Directory } from '@ringcache/discovery';
import { memberTable, type Output } from './output.js';
import { Failure } from './with-directory.js';

export async function get(directory: Directory, id: string, cluster: string, output: Output): Promise<number> {
  const member = await directory.get(id);
  if (member === undefined) throw new Failure(`no member ${id} in cluster ${cluster}`);
  output.document(member, () => memberTable([member]));
  return 0;
}
