import { z } from 'zod';
import { powerLevels, type Creation, type PowerLevels } from './power-levels.ts';

const creationContent = z.object({
  room_version: z.string().optional().catch(undefined),
  additional_creators: z.array(z.string()).optional().catch(undefined),
  /** Who made it, in versions before 11. */
  creator: z.string().optional().catch(undefined),
});

/** `m.room.create` of any room version (Matrix specification, "m.room.create"). @param sender of the event, where known. */
export function readCreation(content: unknown, sender: string | undefined): Creation | undefined {
  const parsed = creationContent.safeParse(content);
  if (!parsed.success) return undefined;
  const { room_version: roomVersion = '1', additional_creators: additionalCreators = [], creator } = parsed.data;
  return { sender: sender ?? creator ?? '', roomVersion, additionalCreators };
}

export function readPowerLevels(content: unknown): PowerLevels | undefined {
  return powerLevels.safeParse(content).data;
}
