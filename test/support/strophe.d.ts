/** What tests use of strophe.js. Its own types are written for bundlers: Node's resolution does not find their parts. */
declare module 'strophe.js' {
  interface Builder {
    c(name: string, attrs?: Readonly<Record<string, string>>): Builder;
    cnode(element: Element): Builder;
    t(text: string): Builder;
    up(): Builder;
    tree(): Element;
  }

  type MakeStanza = (attrs: Readonly<Record<string, string>>) => Builder;

  export interface Connection {
    /** Full JID once connected. */
    readonly jid: string;
    connect(
      jid: string,
      password: string,
      onStatus: (status: number, condition: string | null, element?: Element) => void,
    ): void;
    /** @param handler returns whether it wants more. */
    addHandler(handler: (stanza: Element) => boolean, namespace: null, name: null, type: null): void;
    send(stanza: Builder): void;
    sendIQ(
      iq: Builder,
      onResult: (answer: Element) => void,
      onError: (answer: Element | null) => void,
      timeoutMs: number,
    ): void;
    flush(): void;
    disconnect(): void;
  }

  export const Strophe: {
    readonly Connection: new (service: string) => Connection;
    readonly Status: Readonly<Record<'CONNECTED' | 'AUTHFAIL' | 'CONNFAIL' | 'DISCONNECTED', number>>;
    readonly LogLevel: Readonly<Record<'FATAL', number>>;
    setLogLevel(level: number): void;
    serialize(element: Element): string;
  };
  export const $iq: MakeStanza;
  export const $msg: MakeStanza;
  export const $pres: MakeStanza;
  export const $build: (name: string, attrs?: Readonly<Record<string, string>>) => Builder;
  export type { Builder };
}
