import type { MemberProblem } from '../../api.js';

/** Who did not answer, and why. */
export function Problems({ list, problem }: { list: readonly MemberProblem[]; problem: string | undefined }) {
  if (problem !== undefined) return <p class="outcome is-failure">{problem}</p>;
  return list.map(({ id, problem }) => (
    <p key={id} class="outcome is-failure">
      {id} {problem}.
    </p>
  ));
}
