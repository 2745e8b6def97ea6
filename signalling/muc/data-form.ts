import { NS_DATA_FORM } from '#protocol/xmpp/disco.ts';
import { child, childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';

export interface FormField {
  readonly var: string;
  readonly type?: 'boolean' | 'hidden' | 'text-private' | 'text-single' | 'list-single';
  readonly label?: string;
  readonly value: string;
  readonly options?: readonly string[];
}

export function dataForm(type: 'form' | 'result', formType: string, fields: readonly FormField[]): XmlElement {
  return xml(
    'x',
    { xmlns: NS_DATA_FORM, type },
    fieldElement({ var: 'FORM_TYPE', type: 'hidden', value: formType }),
    fields.map((field) => fieldElement(field)),
  );
}

function fieldElement({ var: name, type, label, value, options }: FormField): XmlElement {
  return xml(
    'field',
    { var: name, type, label },
    xml('value', {}, value),
    options?.map((option) => xml('option', {}, xml('value', {}, option))),
  );
}

/** What a form says: its kind and the first value of each field; undefined if there is no form. */
export function readForm(
  parent: XmlElement,
): { readonly type: string; readonly values: ReadonlyMap<string, string> } | undefined {
  const form = child(parent, 'x', NS_DATA_FORM);
  if (form === undefined) return undefined;
  const values = new Map<string, string>();
  for (const field of childElements(form, 'field')) {
    const { var: name } = field.attrs;
    if (name !== undefined) values.set(name, childText(field, 'value') ?? '');
  }
  return { type: form.attrs['type'] ?? 'submit', values };
}

/** xs:boolean as forms have it (XEP-0004 §3.3). */
export function readFormBoolean(value: string): boolean | undefined {
  if (value === '1' || value === 'true') return true;
  return value === '0' || value === 'false' ? false : undefined;
}
