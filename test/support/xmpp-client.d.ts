/** What tests use of @xmpp/client, which comes without types. */
declare module '@xmpp/client' {
  import type { EventEmitter } from 'node:events';

  export interface Element {
    readonly name: string;
    readonly attrs: Readonly<Record<string, string>>;
    getChild(name: string, namespace?: string): Element | undefined;
    getChildText(name: string): string | null;
    text(): string;
    is(name: string, namespace?: string): boolean;
    toString(): string;
  }

  export interface Jid {
    readonly local: string;
    readonly resource: string;
    toString(): string;
    bare(): Jid;
  }

  export interface XmppClient extends EventEmitter {
    readonly jid: Jid;
    readonly status: string;
    readonly reconnect: { delay: number; stop(): void };
    readonly streamManagement: EventEmitter & { readonly id: string; readonly enabled: boolean };
    readonly iqCaller: {
      get(element: Element, to?: string): Promise<Element>;
      set(element: Element, to?: string): Promise<Element>;
    };
    readonly socket: { readonly socket: { close(): void } } | null;
    start(): Promise<Jid>;
    stop(): Promise<void>;
    send(element: Element): Promise<void>;
    disconnect(timeoutMs?: number): Promise<void>;
  }

  export function client(options: {
    service: string;
    domain: string;
    resource?: string;
    username?: string;
    password?: string;
  }): XmppClient;
  export function xml(
    name: string,
    attrs?: Readonly<Record<string, string | undefined>>,
    ...children: readonly (Element | string)[]
  ): Element;
}
