import { withAttributes, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';

/**
 * A stanza on its way to one or many receivers. It is written out at most once, however many get it: `to` is the only
 * part that differs, and it is put in as text.
 */
export class OutgoingStanza {
  /** The stanza without `to`. */
  readonly element: XmlElement;
  #afterName: string | undefined;

  constructor(element: XmlElement) {
    this.element = element.attrs['to'] === undefined ? element : withAttributes(element, { to: undefined });
  }

  /** Characters of the stanza without `to`. */
  get length(): number {
    return this.element.name.length + 1 + this.#text().length;
  }

  /** @param toAttribute as {@link addressAttribute} makes it. */
  textFor(toAttribute: string): string {
    return `<${this.element.name}${toAttribute}${this.#text()}`;
  }

  elementFor(to: string): XmlElement {
    return withAttributes(this.element, { to });
  }

  #text(): string {
    this.#afterName ??= serializeXml(this.element).slice(this.element.name.length + 1);
    return this.#afterName;
  }
}

/** ` to="…"`, escaped; worth keeping per receiver. */
export function addressAttribute(to: string): string {
  return serializeXml(xml('a', { to })).slice('<a'.length, -'/>'.length);
}
