import type { ParleyServer } from '../server.ts';

/** The value of a figure without labels, as the running server says it; NaN where there is none. */
export async function serverMetric(server: ParleyServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'mu').exec(text)?.[1]);
}
