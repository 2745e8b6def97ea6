import { expect, test } from 'vitest';
import { xmppHosts } from '#protocol/xmpp/hosts.ts';
import { parseJid } from '#protocol/xmpp/jid.ts';
import { destinationOf } from './destination.ts';

const context = {
  hosts: xmppHosts('meet.example'),
  components: new Set(['metadata.meet.example']),
  senderBareJid: 'ann@meet.example',
};

test.each([
  [undefined, { kind: 'account' }],
  ['ann@meet.example', { kind: 'account' }],
  ['meet.example', { kind: 'server' }],
  ['meet.example/x', { kind: 'server' }],
  ['guest.meet.example', { kind: 'server' }],
  ['bob@meet.example', { kind: 'session', jid: 'bob@meet.example' }],
  ['bob@meet.example/phone', { kind: 'session', jid: 'bob@meet.example/phone' }],
  ['ann@meet.example/phone', { kind: 'session', jid: 'ann@meet.example/phone' }],
  ['bob@guest.meet.example/phone', { kind: 'session', jid: 'bob@guest.meet.example/phone' }],
  ['muc.meet.example', { kind: 'room-service' }],
  ['standup@muc.meet.example', { kind: 'room', room: 'standup@muc.meet.example' }],
  ['STANDUP@MUC.meet.example', { kind: 'room', room: 'standup@muc.meet.example' }],
  ['standup@muc.meet.example/1f0c9a7e', { kind: 'occupant', room: 'standup@muc.meet.example', nick: '1f0c9a7e' }],
  ['standup@muc.meet.example/a/b', { kind: 'occupant', room: 'standup@muc.meet.example', nick: 'a/b' }],
  ['focus.meet.example', { kind: 'focus' }],
  ['focus@auth.meet.example', { kind: 'focus' }],
  ['focus@auth.meet.example/focus', { kind: 'focus' }],
  ['focus@meet.example', { kind: 'session', jid: 'focus@meet.example' }],
  ['metadata.meet.example', { kind: 'component', host: 'metadata.meet.example' }],
  ['room@lobby.meet.example', { kind: 'lobby', lobby: 'room@lobby.meet.example' }],
  ['room@lobby.meet.example/x', { kind: 'lobby-occupant', lobby: 'room@lobby.meet.example', nick: 'x' }],
  ['x@internal-muc.meet.example', { kind: 'nobody' }],
  ['x@internal-muc.meet.example/y', { kind: 'brewery-occupant', room: 'x@internal-muc.meet.example', nick: 'y' }],
  ['other.meet.example', { kind: 'nobody' }],
  ['room@other.meet.example/x', { kind: 'nobody' }],
  ['other.example', { kind: 'foreign' }],
  ['x@evilmeet.example', { kind: 'foreign' }],
])('%s goes to %j', (to, destination) => {
  expect(destinationOf(to === undefined ? undefined : parseJid(to), context)).toEqual(destination);
});
