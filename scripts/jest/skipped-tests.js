// Lists the tests that were skipped at the end of a run, by what they need: a run that is green says what it did not look at.
// A skipped test names it in its title: `(needs go)`.

const NEEDS = /\(needs ([^)]+)\)/;
const NO_REASON = 'no reason is given: put `(needs …)` into the title';

export default class SkippedTests {
  #isFiltered;
  #byNeed = new Map();

  constructor({ testNamePattern }) {
    this.#isFiltered = Boolean(testNamePattern); // with -t all others count as skipped
  }

  onTestFileResult(_test, { testFilePath, testResults }) {
    for (const { status, fullName } of testResults) {
      if (status !== 'pending' && status !== 'todo') continue;
      const need = NEEDS.exec(fullName)?.[1] ?? NO_REASON;
      const file = testFilePath.slice(process.cwd().length + 1);
      this.#byNeed.set(need, [...(this.#byNeed.get(need) ?? []), `${file}: ${fullName}`]);
    }
  }

  onRunComplete() {
    if (this.#isFiltered) return;
    for (const [need, tests] of this.#byNeed) {
      console.log(`\nSkipped, ${need === NO_REASON ? need : `for want of ${need}`}:`);
      for (const test of tests) console.log(`  ${test}`);
    }
  }

  /** A test that is skipped for no reason fails the run where nobody watches it. */
  getLastError() {
    const isUnexplained = !this.#isFiltered && this.#byNeed.has(NO_REASON);
    return isUnexplained && process.env.CI ? new Error(`tests are skipped, and ${NO_REASON}`) : undefined;
  }
}
