/**
 * XML as plain data: immutable, JSON-safe, without parent pointers, so that an element can cross the bus as it is.
 *
 * Namespaces follow what lies on the wire of a Jitsi client (wire note, rule 1): an element's namespace is its literal
 * `xmlns` attribute, or that of its parent where it has none. Prefixes do not occur: the codec (xml.ts) turns
 * `<a:x xmlns:a="n"/>` into `<x xmlns="n"/>`.
 */
export interface XmlElement {
  readonly name: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
}

export type XmlNode = XmlElement | string;

/** Attribute values as callers have them; `undefined` leaves the attribute out, numbers and booleans are written as text. */
export type XmlAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Children as callers have them; `undefined`, `null` and `false` are left out, arrays are flattened. */
export type XmlContent = XmlNode | number | undefined | null | false | readonly XmlContent[];

/** Builds an element: `xml('item', { role: 'moderator' }, …children)`. */
export function xml(name: string, attributes: XmlAttributes = {}, ...content: readonly XmlContent[]): XmlElement {
  const attrs: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) attrs[key] = String(value);
  }
  const children: XmlNode[] = [];
  append(children, content);
  return { name, attrs, children };
}

function append(into: XmlNode[], content: readonly XmlContent[]): void {
  for (const item of content) {
    if (item === undefined || item === null || item === false) continue;
    if (typeof item === 'number') into.push(String(item));
    else if (typeof item === 'string' || !isContentList(item)) into.push(item);
    else append(into, item);
  }
}

function isContentList(item: XmlElement | readonly XmlContent[]): item is readonly XmlContent[] {
  return Array.isArray(item);
}

/** The same element with attributes replaced; `undefined` removes one. */
export function withAttributes(element: XmlElement, changes: XmlAttributes): XmlElement {
  return xml(element.name, { ...element.attrs, ...changes }, ...element.children);
}

/** The same element with other children. */
export function withChildren(element: XmlElement, children: readonly XmlContent[]): XmlElement {
  return xml(element.name, element.attrs, ...children);
}

export function isElement(node: XmlNode): node is XmlElement {
  return typeof node !== 'string';
}

/** Child elements, optionally only those of one name and namespace. */
export function childElements(parent: XmlElement, name?: string, namespace?: string): XmlElement[] {
  return parent.children.filter(
    (node): node is XmlElement =>
      isElement(node) &&
      (name === undefined || node.name === name) &&
      (namespace === undefined || childNamespace(parent, node) === namespace),
  );
}

/** The first child element of that name (and namespace), or undefined. */
export function child(parent: XmlElement, name: string, namespace?: string): XmlElement | undefined {
  for (const node of parent.children) {
    if (!isElement(node) || node.name !== name) continue;
    if (namespace === undefined || childNamespace(parent, node) === namespace) return node;
  }
  return undefined;
}

/** The namespace of a child: its own `xmlns`, or the one its parent states. */
export function childNamespace(parent: XmlElement, element: XmlElement): string | undefined {
  return element.attrs['xmlns'] ?? parent.attrs['xmlns'];
}

/** All character data directly inside the element, joined. */
export function text(element: XmlElement): string {
  return element.children.filter((node) => typeof node === 'string').join('');
}

/** The text of a child element, or undefined if there is no such child. */
export function childText(parent: XmlElement, name: string, namespace?: string): string | undefined {
  const element = child(parent, name, namespace);
  return element === undefined ? undefined : text(element);
}
