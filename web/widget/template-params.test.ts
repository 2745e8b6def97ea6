import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseWidgetParams } from './template-params.ts';

const parse = (hash: string, search = '') => parseWidgetParams({ search, hash });
const ROOM = '!tYPpCPqwlfJMmymIAy:localhost:18448';
/** Matrix note §2.1, in lower case. */
const NODE = 'ef2fsudqinihc53mmzfe23lznveuc6j2nrxwgylmnbxxg5b2ge4dinby';

describe('what the client has put in', () => {
  it('is read from the fragment, as the matrix note has the template', () => {
    const fragment = [
      'conferenceId=$conferenceId',
      `roomId=${encodeURIComponent(ROOM)}`,
      'userId=%40ann%3Aexample.org',
      'displayName=Ann%20%26%20Co%2B',
      'avatarUrl=https%3A%2F%2Fpictures.example%2Fann.png',
      'theme=light',
      'lang=el',
      'clientId=io.element.web',
      'deviceId=ABC',
      'baseUrl=https%3A%2F%2Fmatrix.example',
    ];
    expect(parse(`#${fragment.join('&')}`, '?widgetId=w1&parentUrl=https%3A%2F%2Fchat.example%2F%23%2Froom')).toEqual({
      client: { widgetId: 'w1', origin: 'https://chat.example' },
      roomId: ROOM,
      room: { node: NODE, displayName: NODE },
      title: undefined,
      displayName: 'Ann & Co+',
      avatarUrl: 'https://pictures.example/ann.png',
      theme: 'light',
      language: 'el',
    });
  });

  it('is read from the query where the template is there', () => {
    expect(parse('', `?roomId=${encodeURIComponent(ROOM)}&displayName=Ann&widgetId=w1`)).toMatchObject({
      roomId: ROOM,
      displayName: 'Ann',
    });
  });

  it('is absent where the client left the variable as it was, or had nothing to put in', () => {
    const names = ['roomId=$matrix_room_id', 'userId=$matrix_user_id', 'displayName=', 'theme=$x', 'lang='];
    const { roomId, room, displayName, theme, language } = parse(`#${names.join('&')}`);
    expect([roomId, room, displayName, theme, language]).toEqual(Array(5).fill(undefined));
  });

  it('names who has no display name by the user id', () => {
    expect(parse('#displayName=&userId=%40ann%3Aexample.org').displayName).toBe('ann');
    expect(parse('#userId=ann').displayName).toBeUndefined();
  });

  it('shows no picture but of https', () => {
    expect(parse('#avatarUrl=http%3A%2F%2Fa.example%2F').avatarUrl).toBeUndefined();
    expect(parse('#avatarUrl=javascript%3Aalert(1)').avatarUrl).toBeUndefined();
  });
});

describe('the conference', () => {
  it('is that of the Matrix room, whatever the widget calls it', () => {
    const { room } = parse(`#roomId=${encodeURIComponent(ROOM)}&conferenceId=another`);
    expect(room?.node).toBe(NODE);
  });

  it('is the widget’s where there is no room, unless no conference may be called so', () => {
    expect(parse('#conferenceId=Choir').room).toEqual({ node: 'choir', displayName: 'Choir' });
    expect(parse('#conferenceId=config.js').room).toBeUndefined();
    expect(parse('#roomId=nonsense').room).toBeUndefined();
  });
});

describe('the client to speak with', () => {
  test.each([
    ['?widgetId=w1&parentUrl=https%3A%2F%2Fchat.example%3A8443%2Fx%3Fy', 'https://chat.example:8443'],
    ['?widgetId=w1&parentUrl=vector%3A%2F%2Fvector%2Fwebapp%2F', 'vector://vector'],
    ['?widgetId=w1', undefined],
    ['?parentUrl=https%3A%2F%2Fchat.example', undefined],
    ['?widgetId=$matrix_widget_id&parentUrl=https%3A%2F%2Fchat.example', undefined],
    ['?widgetId=w1&parentUrl=chat.example', undefined],
    ['?widgetId=w1&parentUrl=about%3Ablank', undefined],
    ['?widgetId=w1&parentUrl=data%3Atext%2Fhtml%2Cx', undefined],
    [`?widgetId=${'w'.repeat(256)}&parentUrl=https%3A%2F%2Fchat.example`, undefined],
  ])('of %s is at %s', (search, origin) => {
    expect(parse('', search).client?.origin).toBe(origin);
  });
});

it('no address makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (hash, value) => {
      expect(parse(hash)).toBeTypeOf('object');
      expect(parse(`#conferenceId=${value}&roomId=!${value}`, `?widgetId=w&parentUrl=${value}`)).toBeTypeOf('object');
    }),
  );
});
