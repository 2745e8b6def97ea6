/**
 * Asks the worker about something that may close while the question is under way: a participant leaves, a transport
 * fails. The worker then knows nothing of it any more and says so, which is no failure.
 * @param subject is closed on our side no later than in the worker.
 * @returns undefined when it is closed.
 */
export async function unlessClosed<Answer>(
  subject: { readonly closed: boolean },
  ask: () => Promise<Answer>,
): Promise<Answer | undefined> {
  if (subject.closed) return undefined;
  try {
    return await ask();
  } catch (error) {
    if (subject.closed) return undefined;
    throw error;
  }
}
