import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: folder('src/page'),
  base: './', // so that the page also works behind a proxy that serves the node under a prefix
  publicDir: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: folder('dist/page'),
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // the first with light-dark(), which older ones would be given twice
    assetsInlineLimit: 0, // a data: URL is what the page's security policy refuses
    modulePreload: { polyfill: false },
  },
});
