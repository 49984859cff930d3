import type { ComponentChildren } from 'preact';
import { percent } from '../model/format.js';

/** The inside of a chart, in units of the picture. */
export const CHART = { width: 560, height: 200, left: 44, right: 12, top: 10, bottom: 26 } as const;
const INNER_WIDTH = CHART.width - CHART.left - CHART.right;
const INNER_HEIGHT = CHART.height - CHART.top - CHART.bottom;

/** @param share 0 to 1, from the left. */
export function xOf(share: number): number {
  return Math.round((CHART.left + share * INNER_WIDTH) * 10) / 10;
}

/** @param share 0 to 1, from the bottom. */
export function yOf(share: number): number {
  return Math.round((CHART.top + (1 - share) * INNER_HEIGHT) * 10) / 10;
}

export function linePath(points: readonly { readonly x: number; readonly y: number }[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
}

export interface ChartFrameProps {
  title: string;
  description: string;
  /** Words under the axis, each at its share of the width. */
  ticks: readonly { readonly at: number; readonly text: string }[];
  children: ComponentChildren;
}

/** A chart whose height is 0 to 100 %. */
export function ChartFrame({ title, description, ticks, children }: ChartFrameProps) {
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${CHART.width} ${CHART.height}`}
      role="img"
      aria-label={`${title}. ${description}`}
    >
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <line class="chart-line" x1={CHART.left} x2={CHART.width - CHART.right} y1={yOf(share)} y2={yOf(share)} />
          <text class="chart-text is-end" x={CHART.left - 8} y={yOf(share) + 4}>
            {percent(share).replace('.0', '')}
          </text>
        </g>
      ))}
      {ticks.map(({ at, text }) => (
        <text
          key={text}
          class={`chart-text ${at === 0 ? '' : at === 1 ? 'is-end' : 'is-middle'}`}
          x={xOf(at)}
          y={CHART.height - 6}
        >
          {text}
        </text>
      ))}
      {children}
    </svg>
  );
}
