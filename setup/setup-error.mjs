/** Something the person at the keyboard can do something about. The message says what is wrong and the remedy; it is printed without a stack. */
export class SetupError extends Error {
  name = 'SetupError';
}
