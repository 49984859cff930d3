import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const THEME = 'ringcache-theme';
const ORDER: readonly Theme[] = ['system', 'light', 'dark'];

export const theme = signal<Theme>(ORDER.find((name) => name === localStorage.getItem(THEME)) ?? 'system');

export function applyTheme(): void {
  const { dataset } = document.documentElement;
  if (theme.value === 'system') delete dataset.theme;
  else dataset.theme = theme.value;
}

export function nextTheme(): void {
  theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length]!;
  if (theme.value === 'system') localStorage.removeItem(THEME);
  else localStorage.setItem(THEME, theme.value);
  applyTheme();
}
