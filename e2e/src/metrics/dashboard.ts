// The dashboard as Grafana would read it: its panels, and their queries with variables put in.

import { readFile } from 'node:fs/promises';

const FILE = new URL('../../../infra/grafana/dashboards/ringcache.json', import.meta.url);

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

export interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly panels: readonly Panel[];
}

export async function readDashboard(): Promise<Dashboard> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Dashboard;
}

export interface Query {
  /** Of its panel, with the row it is in. */
  readonly title: string;
  readonly expr: string;
}

/** Every query, as it is sent with nothing chosen: all clusters, nodes and groups. @throws {Error} a variable is not known. */
export function queriesOf({ panels, annotations }: Dashboard): Query[] {
  let row = '';
  const queries: Query[] = annotations.list.map(({ name, expr }) => ({
    title: `annotation ${name}`,
    expr: filledIn(expr),
  }));
  for (const { type, title, targets } of panels) {
    if (type === 'row') row = title;
    for (const { expr, refId } of targets ?? [])
      queries.push({ title: `${row} / ${title} ${refId}`, expr: filledIn(expr) });
  }
  return queries;
}

function filledIn(expr: string): string {
  const filled = expr.replaceAll(/\$(cluster|instance|group)\b/g, '.*').replaceAll('$__rate_interval', '10s');
  if (filled.includes('$')) throw new Error(`a variable that nobody sets: ${filled}`);
  return filled;
}
