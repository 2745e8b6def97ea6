import type { ServiceContext } from '#runtime/context.ts';
import type { Service } from '#runtime/service.ts';
import type { TurnConfig } from './config.ts';

export class TurnServer implements Service {
  readonly name = 'turn';

  constructor(_context: ServiceContext, _config: TurnConfig) {}

  async start(): Promise<void> {}

  async stop(): Promise<void> {}
}
