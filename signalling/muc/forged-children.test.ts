import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isElement, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_MUC, NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import { withoutForgeries } from './forged-children.ts';

const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
  tree: fc
    .record({
      name: fc.constantFrom('x', 'item', 'nick', 'identity', 'permissions', 'delay', 'versions', 'SourceInfo'),
      xmlns: fc.constantFrom(undefined, NS_MUC_USER, NS_MUC, 'urn:xmpp:delay', 'urn:x', 'urn:xmpp:sid:0'),
      children: fc.array(fc.oneof({ depthSize: 'small' }, fc.string(), tie('tree')), { maxLength: 3 }),
    })
    .map(({ name, xmlns, children }) => xml(name, { xmlns }, children)),
}));

function all(elements: readonly XmlElement[]): XmlElement[] {
  return elements.flatMap((element) => [element, ...all(element.children.filter(isElement))]);
}

test('nothing that only the server says is left at any depth', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 5 }), (children) => {
      for (const { name, attrs } of all(withoutForgeries(children, false))) {
        expect([NS_MUC_USER, 'urn:xmpp:delay', 'urn:xmpp:sid:0']).not.toContain(attrs['xmlns']);
        expect(['identity', 'permissions', 'delay', 'versions']).not.toContain(name);
      }
    }),
  );
});

test('doing it twice changes nothing more, and what is innocent stays the very same', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 5 }), (children) => {
      const once = withoutForgeries(children, true);
      const twice = withoutForgeries(once, true);
      expect(twice).toEqual(once);
      twice.forEach((element, index) => expect(element).toBe(once[index]));
    }),
  );
});

test('the focus may say what is its to say', () => {
  const versions = xml('versions', { xmlns: 'http://jitsi.org/jitmeet' });
  expect(withoutForgeries([versions, xml('identity')], true)).toEqual([versions]);
  expect(withoutForgeries([versions], false)).toEqual([]);
});
