export interface FileResult {
  readonly testFilePath: string;
  readonly testResults: readonly { readonly status: string; readonly fullName: string }[];
}

export default class SkippedTests {
  constructor(options: { readonly testNamePattern?: string | undefined });
  onTestFileResult(test: unknown, result: FileResult): void;
  onRunComplete(): void;
  getLastError(): Error | undefined;
}
