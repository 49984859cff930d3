// Numbers as a table shows them.

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const DAY_S = 86_400;

export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

export function msText(ms: number | undefined): string {
  if (ms === undefined) return '-';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 10_000) return `${Math.round(ms)} ms`;
  return spanText(ms / 1000);
}

/** `42 s`, `3 min`, `5 h 3 min`, `2 d 4 h`: two parts at most. */
export function spanText(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min`;
  if (s < 2 * DAY_S) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / DAY_S)} d ${Math.floor((s % DAY_S) / 3600)} h`;
}

/** @param share 0 to 1. */
export function percentText(share: number | undefined): string {
  return share === undefined ? '-' : `${(share * 100).toFixed(1)} %`;
}

export function countText(count: number): string {
  return count.toLocaleString('en');
}

/** A second. */
export function rateText(rate: number | undefined): string {
  if (rate === undefined) return '-';
  return rate >= 10 || rate === 0 ? countText(Math.round(rate)) : rate.toFixed(1);
}
