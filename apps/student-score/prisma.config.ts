import { defineConfig } from 'prisma/config';

// For Prisma's own commands (`prisma migrate deploy`, `prisma studio`); the service itself reads its config instead.
// Not `env('DATABASE_URL')`, which throws where it is unset: generating the client needs no database.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
