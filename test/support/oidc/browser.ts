import { parseSetCookie, stringifyCookie } from 'cookie';

/** As much of a browser as a login without a page needs: cookies by host, and redirects that one looks at. */
export class CookieBrowser {
  /** Name and value, by host. */
  readonly cookies = new Map<string, Map<string, string>>();
  /** What was set, word for word. */
  readonly setCookies: string[] = [];

  /** @param as the host under which the server is known, where that is not the one of the address */
  async request(url: string, init: RequestInit = {}, as = new URL(url).host): Promise<Response> {
    const jar = this.cookies.get(as) ?? new Map<string, string>();
    this.cookies.set(as, jar);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', stringifyCookie(Object.fromEntries(jar)));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      this.setCookies.push(line);
      const { name, value, maxAge, expires } = parseSetCookie(line);
      const isGone = maxAge === 0 || (expires !== undefined && expires.getTime() < Date.now());
      if (isGone || value === undefined) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Logs in and consents at the provider, as its forms ask. @returns where it sends the browser then */
  async logInAtProvider(url: string, name: string): Promise<string> {
    const { origin } = new URL(url);
    let at = url;
    for (let steps = 0; steps < 12; steps += 1) {
      if (new URL(at).origin !== origin) return at;
      const isForm = new URL(at).pathname.startsWith('/interaction/');
      const response = isForm ? await this.#submit(at, name) : await this.request(at);
      const next = response.headers.get('location');
      if (next === null) throw new Error(`${at} answers ${response.status}: ${await response.text()}`);
      at = new URL(next, at).href;
    }
    throw new Error(`the provider leads nowhere: ${at}`);
  }

  async #submit(at: string, name: string): Promise<Response> {
    const prompt = (await (await this.request(at)).text()).includes('name="login"') ? 'login' : 'consent';
    const body = new URLSearchParams(prompt === 'login' ? { prompt, login: name, password: 'any' } : { prompt });
    return this.request(at, { method: 'POST', body });
  }
}
