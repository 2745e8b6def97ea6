import { findByName } from './accessible-name.ts';
import type { Person } from './person.ts';
import { until } from './wait.ts';

/** Turns one of “People may …” in the open settings, and waits until the room says so. */
export async function turn(host: Person, name: string, isOn: boolean): Promise<void> {
  await host.click('switch', name);
  await until(
    async () => {
      using found = await findByName(host.page, 'switch', name);
      return (await found?.evaluate((element) => element.getAttribute('aria-checked'))) === String(isOn);
    },
    `“${name}” ${isOn ? 'on' : 'off'}`,
  );
}

/** Opens the settings for that; they stay open. */
export async function openAndTurn(host: Person, name: string, isOn: boolean): Promise<void> {
  await host.choose('More', 'Security');
  await turn(host, name, isOn);
}
