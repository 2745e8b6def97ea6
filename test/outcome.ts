/** What became of one stage of `npm test`. */
export interface Outcome {
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly Remark[];
  /** Tests that passed, but not at once: each is a fault of the test or of what it tests, and wants to be found. */
  readonly secondTries: readonly Remark[];
}

export interface Remark {
  readonly test: string;
  readonly message: string;
}
