import type { BrowserName } from '../browsers.ts';
import type { Person } from '../person.ts';
import { type Scene, smallCamera } from '../scene.ts';
import { allowOnlyRelay } from './relay-only.ts';

export interface RelayLogin {
  readonly url: string;
  readonly username: string;
  readonly credential: string;
}

/** Someone in a room of the scene's server who reaches its bridge by this relay only. */
export async function joinByRelay(
  scene: Scene,
  { name, room, browser, relay }: { name: string; room: string; browser: BrowserName; relay: RelayLogin },
): Promise<Person> {
  const person = await scene.open(name, `${scene.server.url}/health`, { browser, camera: smallCamera });
  const { url, username, credential } = relay;
  await allowOnlyRelay(person.page, 'udp', { urls: url, username, credential });
  const userName = encodeURIComponent(JSON.stringify(name));
  await person.page.goto(`${room}#config.prejoinConfig.enabled=false&userInfo.displayName=${userName}`);
  await person.find('button', 'Leave');
  return person;
}
