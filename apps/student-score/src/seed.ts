import type pg from 'pg';
import { SAMPLE_STUDENTS, type SampleStudent } from './sample-students.js';

// One statement, whatever the number of students. ON CONFLICT alone would do, but takes an id of the sequence for every
// row that it then skips: a thousand with every start. It stays for two instances that start at once.
const INSERT = `INSERT INTO students (name, score)
  SELECT sample.name, sample.score
    FROM unnest($1::text[], $2::numeric[]) WITH ORDINALITY AS sample (name, score, position)
   WHERE NOT EXISTS (SELECT FROM students WHERE students.name = sample.name)
   ORDER BY sample.position
  ON CONFLICT (name) DO NOTHING`;

/**
 * Adds the sample students that are missing. One that is there keeps its score; one that was deleted comes back.
 * @returns how many were added.
 */
export async function seed(pool: pg.Pool, students: readonly SampleStudent[] = SAMPLE_STUDENTS): Promise<number> {
  const { rowCount } = await pool.query(INSERT, [students.map(([name]) => name), students.map(([, score]) => score)]);
  return rowCount ?? 0;
}
