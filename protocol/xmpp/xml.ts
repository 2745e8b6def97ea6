import { Parser } from 'ltx';
import { DecodeError } from './decode-error.ts';
import type { XmlElement, XmlNode } from './element.ts';

/** Bounds of one parsed document; what exceeds them is a DecodeError with reason `too-large`. */
export interface XmlBounds {
  /** UTF-16 code units of the text. */
  readonly maxLength: number;
  /** Levels of nesting, the root being level 1. */
  readonly maxDepth: number;
  /** Elements in the whole document. */
  readonly maxElements: number;
  /** Attributes of one element. */
  readonly maxAttributes: number;
}

export const DEFAULT_XML_BOUNDS: XmlBounds = {
  maxLength: 262_144,
  maxDepth: 24,
  maxElements: 4_000,
  maxAttributes: 32,
};

// XML 1.0 §2.3 NameStartChar and NameChar, without the colon, which namespaces reserve (Namespaces in XML §3).
const NAME =
  /^[A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD][-.\w\u00B7\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u037D\u037F-\u1FFF\u200C\u200D\u203F\u2040\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD]*$/;
// XML 1.0 §2.2: what no character may be. Lone surrogates are no characters either.
const NOT_CHARACTERS =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
// RFC 6120 §11.1: comments, processing instructions, DTDs and entities of one's own are forbidden in XMPP.
const RESTRICTED = /<\?|<!(?!\[CDATA\[)/;
const XML_DECLARATION = /^\s*<\?xml[^?<>]*\?>/;
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';

/**
 * Parses one XML document (one WebSocket frame, RFC 7395 §3.3.3) into plain data with prefixes resolved.
 *
 * ltx's tokenizer is lenient, this builder is not: what it returns can be written out again as well-formed XML that a
 * strict parser (a browser's) accepts, so that no sender can break the stream of another participant.
 *
 * @throws DecodeError only: `restricted-xml`, `not-well-formed` or `too-large`.
 */
export function parseXml(source: string, bounds: XmlBounds = DEFAULT_XML_BOUNDS): XmlElement {
  if (source.length > bounds.maxLength) {
    throw new DecodeError('too-large', `more than ${bounds.maxLength} characters in one stanza`);
  }
  const body = source.replace(XML_DECLARATION, '').trim();
  if (RESTRICTED.test(body)) {
    throw new DecodeError('restricted-xml', 'comments, processing instructions and DTDs are not allowed in XMPP');
  }
  if (NOT_CHARACTERS.test(body)) throw new DecodeError('not-well-formed', 'a character that XML forbids');
  const builder = new TreeBuilder(bounds);
  const tokenizer = new Tokenizer();
  tokenizer.on('startElement', (name, attrs) => builder.open(name, attrs));
  tokenizer.on('endElement', (name) => builder.close(name));
  tokenizer.on('text', (value) => builder.text(value));
  try {
    tokenizer.write(body);
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause;
    throw new DecodeError('not-well-formed', 'not well-formed XML', { cause });
  }
  // After the root the tokenizer keeps loose text to itself, so the end is checked on the source.
  if (!body.endsWith('>')) throw new DecodeError('not-well-formed', 'text after the root element');
  return builder.finish();
}

/** ltx hands out its tokenizer only through its tree parser; the published types put it on the wrong side. */
const Tokenizer = (Parser.prototype as unknown as { readonly DefaultParser: TokenizerConstructor }).DefaultParser;

interface TokenizerConstructor {
  new (): {
    on(event: 'startElement', listener: (name: string, attrs: Record<string, string>) => void): void;
    on(event: 'endElement' | 'text', listener: (value: string) => void): void;
    write(data: string): void;
  };
}

type Prefixes = Readonly<Record<string, string>>;

interface OpenElement {
  /** Name as written, prefix included, to match the end tag. */
  readonly qualifiedName: string;
  readonly name: string;
  readonly attrs: Record<string, string>;
  readonly children: XmlNode[];
  /** Prefixes declared here or further out. */
  readonly prefixes: Prefixes;
  /** The default namespace as the source has it here, for children of an element that came with a prefix. */
  readonly defaultNamespace: string | undefined;
}

/** Turns the tokenizer's events into an XmlElement and refuses what is not well-formed or exceeds the bounds. */
class TreeBuilder {
  readonly #bounds: XmlBounds;
  readonly #open: OpenElement[] = [];
  #elements = 0;
  #root: XmlElement | undefined;

  constructor(bounds: XmlBounds) {
    this.#bounds = bounds;
  }

  open(qualifiedName: string, written: Readonly<Record<string, string>>): void {
    if (this.#root !== undefined) throw new DecodeError('not-well-formed', 'more than one root element');
    this.#elements += 1;
    if (this.#open.length >= this.#bounds.maxDepth) {
      throw new DecodeError('too-large', `more than ${this.#bounds.maxDepth} levels of elements`);
    }
    if (this.#elements > this.#bounds.maxElements) {
      throw new DecodeError('too-large', `more than ${this.#bounds.maxElements} elements in one stanza`);
    }
    const entries = Object.entries(written);
    if (entries.length > this.#bounds.maxAttributes) {
      throw new DecodeError('too-large', `more than ${this.#bounds.maxAttributes} attributes on one element`);
    }
    const parent = this.#open.at(-1);
    const prefixes = declaredPrefixes(entries, parent?.prefixes ?? { xml: XML_NAMESPACE });
    const attrs = plainAttributes(entries, prefixes);
    const defaultNamespace = attrs['xmlns'] ?? parent?.defaultNamespace;
    const [prefix, name] = splitName(qualifiedName);
    if (!NAME.test(name)) throw new DecodeError('not-well-formed', 'not an element name');
    if (prefix !== undefined) attrs['xmlns'] = resolvePrefix(prefix, prefixes);
    else if (parent !== undefined && attrs['xmlns'] === undefined && parent.qualifiedName !== parent.name) {
      // The parent carries its prefix's namespace as xmlns now; this child belongs to the one around it.
      attrs['xmlns'] = defaultNamespace ?? '';
    }
    this.#open.push({ qualifiedName, name, attrs, children: [], prefixes, defaultNamespace });
  }

  close(qualifiedName: string): void {
    const element = this.#open.pop();
    if (element === undefined || element.qualifiedName !== qualifiedName) {
      throw new DecodeError('not-well-formed', 'an end tag that does not match');
    }
    const { name, attrs, children } = element;
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = { name, attrs, children };
    else parent.children.push({ name, attrs, children });
  }

  text(value: string): void {
    const checked = checkedText(value);
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      if (checked.trim() !== '') throw new DecodeError('not-well-formed', 'text outside the root element');
      return;
    }
    const last = parent.children.length - 1;
    const before = parent.children[last];
    if (typeof before === 'string') parent.children[last] = before + checked;
    else if (checked !== '') parent.children.push(checked);
  }

  finish(): XmlElement {
    if (this.#root === undefined) throw new DecodeError('not-well-formed', 'the document ends inside an element');
    return this.#root;
  }
}

function plainAttributes(entries: readonly [string, string][], prefixes: Prefixes): Record<string, string> {
  const attrs: Record<string, string> = {};
  for (const [key, value] of entries) {
    const [prefix, local] = splitName(key);
    if (!NAME.test(local)) throw new DecodeError('not-well-formed', 'not an attribute name');
    if (prefix === 'xmlns') continue;
    // Attributes of foreign namespaces mean nothing in XMPP (RFC 6120 §8.4) and are left out; xml:lang stays.
    if (prefix !== undefined && resolvePrefix(prefix, prefixes) !== XML_NAMESPACE) continue;
    attrs[prefix === undefined ? local : `xml:${local}`] = checkedText(value);
  }
  return attrs;
}

function resolvePrefix(prefix: string, prefixes: Prefixes): string {
  const namespace = Object.hasOwn(prefixes, prefix) ? prefixes[prefix] : undefined;
  if (namespace === undefined) throw new DecodeError('not-well-formed', 'a prefix that nothing declares');
  return namespace;
}

function declaredPrefixes(entries: readonly [string, string][], inherited: Prefixes): Prefixes {
  let prefixes: Record<string, string> | undefined;
  for (const [key, value] of entries) {
    if (!key.startsWith('xmlns:')) continue;
    prefixes ??= Object.assign(Object.create(null) as Record<string, string>, inherited);
    prefixes[key.slice('xmlns:'.length)] = checkedText(value);
  }
  return prefixes ?? inherited;
}

function splitName(qualified: string): [prefix: string | undefined, local: string] {
  const colon = qualified.indexOf(':');
  return colon === -1 ? [undefined, qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}

function checkedText(value: string): string {
  // Again after entities were resolved: `&#1;` is as forbidden as the character.
  if (NOT_CHARACTERS.test(value)) throw new DecodeError('not-well-formed', 'a character that XML forbids');
  return value;
}

const TEXT_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = {
  ...TEXT_ESCAPES,
  '"': '&quot;',
  // XML 1.0 §3.3.3 turns raw white space in attributes into spaces.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Writes an element; attributes in their own order, `xmlns` where the data has it (wire note, rule 1). */
export function serializeXml(element: XmlElement): string {
  let out = '<' + element.name;
  for (const key in element.attrs) {
    out += ` ${key}="${escapeAttribute(element.attrs[key] ?? '')}"`;
  }
  if (element.children.length === 0) return out + '/>';
  out += '>';
  for (const node of element.children) out += typeof node === 'string' ? escapeText(node) : serializeXml(node);
  return `${out}</${element.name}>`;
}

function escapeText(value: string): string {
  // A raw carriage return would come back as a line feed (XML 1.0 §2.11).
  return /[&<>\r]/.test(value) ? value.replace(/[&<>\r]/g, (c) => TEXT_ESCAPES[c] ?? '&#13;') : value;
}

function escapeAttribute(value: string): string {
  return /[&<>"\t\n\r]/.test(value) ? value.replace(/[&<>"\t\n\r]/g, (c) => ATTRIBUTE_ESCAPES[c] ?? c) : value;
}
