import type { Logger } from '#runtime/logger.ts';
import type { PhoneLeg } from '../media/phone-leg.ts';
import type { Header } from '../message/message.ts';

const SILENCE_REASON: Header = { name: 'reason', value: 'SIP ;cause=408 ;text="No sound from the phone"' };

/** Says in the log what is wrong with a phone's sound, and has its call hung up where there is no hope. */
export function watchLeg(
  leg: PhoneLeg,
  logger: Logger,
  call: string,
  hangUp: (headers: readonly Header[]) => void,
): void {
  leg.on('silent', ({ seconds, isOver }) => {
    logger.warn(
      { call, seconds },
      isOver ? 'no sound comes from a phone: it is hung up' : 'no sound comes from a phone',
    );
    if (isOver) hangUp([SILENCE_REASON]);
  });
  leg.on('flooded', () =>
    logger.warn({ call }, 'a phone sends more sound than there can be: what is too much is dropped'),
  );
  leg.on('closed', () => hangUp([]));
}
