import type { Directory } from '@ringcache/discovery';
import { memberTable, type Output } from './output.js';

export async function list(directory: Directory, cluster: string, output: Output): Promise<number> {
  const members = await directory.list();
  output.document(members, () => (members.length === 0 ? `no members in cluster ${cluster}` : memberTable(members)));
  return 0;
}
