/** The program cannot start, for a reason that an administrator can mend; the message says what is wrong and how. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
