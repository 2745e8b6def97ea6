import { atMost } from './attributes.ts';
import { child, childElements, text, xml, type XmlElement } from './element.ts';

/** XEP-0030: service discovery. */
export const NS_DISCO_INFO = 'http://jabber.org/protocol/disco#info';
export const NS_DISCO_ITEMS = 'http://jabber.org/protocol/disco#items';
/** XEP-0115: entity capabilities. */
export const NS_CAPS = 'http://jabber.org/protocol/caps';
/** XEP-0004: data forms. */
export const NS_DATA_FORM = 'jabber:x:data';

const MAX_IDENTITIES = 64;
const MAX_FEATURES = 512;
const MAX_FORMS = 16;
const MAX_FIELDS = 128;
const MAX_VALUES = 64;

export interface DiscoIdentity {
  readonly category: string;
  readonly type: string;
  readonly name?: string;
  /** `xml:lang` */
  readonly language?: string;
}

/** XEP-0128: a form in an answer, as field → values. */
export type DiscoForm = ReadonlyMap<string, readonly string[]>;

export interface DiscoInfo {
  readonly identities: readonly DiscoIdentity[];
  readonly features: readonly string[];
  readonly forms: readonly DiscoForm[];
}

/** The question; `node` asks for the answer that a caps hash stands for (XEP-0115 §6.2). */
export function discoInfoQuery(node?: string): XmlElement {
  return xml('query', { xmlns: NS_DISCO_INFO, node });
}

/** The answer, for the `<iq type="result"/>`. */
export function encodeDiscoInfo(info: DiscoInfo, node?: string): XmlElement {
  return xml(
    'query',
    { xmlns: NS_DISCO_INFO, node },
    info.identities.map(({ category, type, name, language }) =>
      xml('identity', { category, type, name, 'xml:lang': language }),
    ),
    info.features.map((feature) => xml('feature', { var: feature })),
    info.forms.map((form) =>
      xml(
        'x',
        { xmlns: NS_DATA_FORM, type: 'result' },
        [...form].map(([name, values]) =>
          xml(
            'field',
            { var: name, type: name === 'FORM_TYPE' ? 'hidden' : undefined },
            values.map((value) => xml('value', {}, value)),
          ),
        ),
      ),
    ),
  );
}

/**
 * Reads the answer of an IQ, or undefined if it has none.
 * @throws DecodeError (`too-large`) for more of anything than an honest client says.
 */
export function decodeDiscoInfo(iq: XmlElement): DiscoInfo | undefined {
  const query = child(iq, 'query', NS_DISCO_INFO);
  if (query === undefined) return undefined;
  return {
    identities: atMost(MAX_IDENTITIES, 'identities', childElements(query, 'identity')).map(({ attrs }) => ({
      category: attrs['category'] ?? '',
      type: attrs['type'] ?? '',
      ...(attrs['name'] === undefined ? {} : { name: attrs['name'] }),
      ...(attrs['xml:lang'] === undefined ? {} : { language: attrs['xml:lang'] }),
    })),
    features: atMost(MAX_FEATURES, 'features', childElements(query, 'feature')).flatMap(
      ({ attrs }) => attrs['var'] ?? [],
    ),
    forms: atMost(MAX_FORMS, 'forms', childElements(query, 'x', NS_DATA_FORM)).map(decodeForm),
  };
}

function decodeForm(form: XmlElement): DiscoForm {
  const fields = atMost(MAX_FIELDS, 'fields of a form', childElements(form, 'field'));
  return new Map(
    fields.map((field) => [
      field.attrs['var'] ?? '',
      atMost(MAX_VALUES, 'values of a field', childElements(field, 'value')).map(text),
    ]),
  );
}

/** `<c/>` of a presence: a hash of what its sender would answer. */
export interface Caps {
  readonly hash: string;
  readonly node: string;
  readonly ver: string;
}

export function readCaps(presence: XmlElement): Caps | undefined {
  const { hash, node, ver } = child(presence, 'c', NS_CAPS)?.attrs ?? {};
  return hash === undefined || node === undefined || ver === undefined ? undefined : { hash, node, ver };
}

/** What XEP-0115 §5.1 hashes: identities, features and forms in one canonical text. */
export function capsVerificationText({ identities, features, forms }: DiscoInfo): string {
  const parts = identities
    .map(({ category, type, language, name }) => `${category}/${type}/${language ?? ''}/${name ?? ''}`)
    .toSorted(byOctets);
  parts.push(...features.toSorted(byOctets));
  const typed = forms
    .map((form) => [form.get('FORM_TYPE')?.[0] ?? '', form] as const)
    .toSorted(([a], [b]) => byOctets(a, b));
  for (const [type, form] of typed) {
    parts.push(type);
    const fields = [...form].filter(([name]) => name !== 'FORM_TYPE').toSorted(([a], [b]) => byOctets(a, b));
    for (const [name, values] of fields) parts.push(name, ...values.toSorted(byOctets));
  }
  return parts.map((part) => `${part}<`).join('');
}

/** i;octet order (RFC 4790 §9.3) of UTF-8, which for the code units compared here differs only beyond the BMP. */
function byOctets(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The text of a field, for answers of rooms. */
export function formValue(info: DiscoInfo, formType: string, field: string): string | undefined {
  return info.forms.find((form) => form.get('FORM_TYPE')?.[0] === formType)?.get(field)?.[0];
}
