/**
 * Subjects of the bus with the types of what is said under them. The bus (runtime/bus.ts) declares the same shapes; both
 * sides of a wire import the subject from here and cannot disagree.
 */
export interface EventSubject<Message> {
  readonly subject: string;
  /** Never set; carries the type. */
  readonly message?: Message;
}

export interface RequestSubject<Request, Answer> {
  readonly subject: string;
  /** Never set; carries the types. */
  readonly exchange?: (request: Request) => Answer;
}

export function eventSubject<Message>(subject: string): EventSubject<Message> {
  return { subject };
}

export function requestSubject<Request, Answer>(subject: string): RequestSubject<Request, Answer> {
  return { subject };
}
