import { z } from 'zod';
import {
  occupantDescription,
  roomDescription,
  type OccupantDescription,
  type RoomDescription,
} from '../signalling/admin/room-description.ts';
import { AdminClientError, type AdminClient } from './admin-client.ts';
import { runAdminCommand, type AdminCommand, type AdminCommandContext, type Arguments } from './admin-command.ts';

const USAGE = `Usage: npm run rooms -- [--config <file>] <command>
  list                              the first hundred meetings; --limit <n> for more
  show <room>                       one meeting and the people in it
  end <room>                        end it for all; --reason <text> is shown to them
  kick <room> <person>              remove somebody, by id or name; --ban: for the whole meeting; --reason <text>
  mute <room> [<person>]            one person or everybody; --media audio (default), video or desktop
  metadata <room> [<key> <json>]    what clients share, or set one value; null takes it out
A room is named as in its link, or by its XMPP address. --json prints the answer as JSON.
`;

const occupants = z.object({ occupants: z.array(occupantDescription) });
const metadata = z.object({ metadata: z.record(z.string(), z.unknown()) });

const COMMANDS: Readonly<Record<string, AdminCommand>> = {
  list: {
    words: [0, 0],
    run: async (client, given) => {
      const limit = given.text('limit');
      const schema = z.object({ rooms: z.array(roomDescription), total: z.number() });
      const answer = await client.get('/rooms', limit === undefined ? {} : { limit }, schema);
      const lines = answer.rooms.map(roomLine);
      return { answer, text: [...lines, `${lines.length} shown of ${answer.total}`].join('\n') };
    },
  },
  show: {
    words: [1, 1],
    run: async (client, given) => {
      const path = roomPath(given);
      const room = await client.get(path, {}, roomDescription);
      const people = await peopleIn(client, path);
      return { answer: { ...room, occupants: people }, text: [roomLine(room), ...people.map(personLine)].join('\n') };
    },
  },
  end: {
    words: [1, 1],
    run: async (client, given) => {
      const body = { reason: given.text('reason') };
      const answer = await client.post(`${roomPath(given)}/end`, body, z.object({ ended: roomDescription }));
      return { answer, text: `ended: ${roomLine(answer.ended)}` };
    },
  },
  kick: {
    words: [2, 2],
    run: async (client, given) => {
      const path = roomPath(given);
      const { id } = await personNamed(client, path, given.words[1] ?? '');
      const body = { reason: given.text('reason'), ban: given.has('ban') };
      const schema = z.object({ occupant: occupantDescription });
      const answer = await client.post(`${path}/occupants/${id}/kick`, body, schema);
      return { answer, text: `${body.ban ? 'banned' : 'removed'}: ${personLine(answer.occupant)}` };
    },
  },
  mute: {
    words: [1, 2],
    run: async (client, given) => {
      const path = roomPath(given);
      const [, name] = given.words;
      const target = name === undefined ? '' : `/occupants/${(await personNamed(client, path, name)).id}`;
      const body = { media: given.text('media') ?? 'audio' };
      const schema = z.object({ muted: z.array(z.string()) });
      const answer = await client.post(`${path}${target}/mute`, body, schema);
      return { answer, text: `muted: ${answer.muted.join(', ') || 'nobody'}` };
    },
  },
  metadata: {
    words: [1, 3],
    run: async (client, given) => {
      const path = `${roomPath(given)}/metadata`;
      const [, key, json] = given.words;
      const answer = await (key === undefined
        ? client.get(path, {}, metadata)
        : client.post(path, { key, value: readJson(json) }, metadata));
      const lines = Object.entries(answer.metadata).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
      return { answer, text: lines.join('\n') || 'nothing is set' };
    },
  },
};

/** `npm run rooms`: the meetings of the server that runs on this machine. @returns the exit code. */
export function runRoomsCommand(args: readonly string[], context: AdminCommandContext): Promise<number> {
  const options = { limit: 'string', reason: 'string', media: 'string', ban: 'boolean' } as const;
  return runAdminCommand({ usage: USAGE, options, commands: COMMANDS }, args, context);
}

function roomPath({ words: [room = ''] }: Arguments): string {
  return `/rooms/${encodeURIComponent(room)}`;
}

async function peopleIn(client: AdminClient, path: string): Promise<OccupantDescription[]> {
  return (await client.get(`${path}/occupants`, {}, occupants)).occupants;
}

/** Names are not unique: a name that several have says nothing. */
async function personNamed(client: AdminClient, path: string, name: string): Promise<OccupantDescription> {
  const people = await peopleIn(client, path);
  const named = people.filter((one) => one.name === name);
  const found = people.find((one) => one.id === name) ?? (named.length === 1 ? named[0] : undefined);
  if (found !== undefined) return found;
  const problem = named.length > 1 ? `Several people are called “${name}”.` : `Nobody here is called “${name}”.`;
  throw new AdminClientError([`${problem} Name one by its id:`, ...people.map(personLine)].join('\n'));
}

function readJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch (cause) {
    throw new AdminClientError('The value must be JSON, such as true, 5, \'"text"\' or \'{"audio":true}\'.', { cause });
  }
}

function roomLine(room: RoomDescription): string {
  const marks = [
    room.hasPassword ? 'password' : '',
    room.hasLobby ? `lobby with ${room.waiting} waiting` : '',
    room.breakoutOf === undefined ? '' : `breakout room of ${room.breakoutOf}`,
  ].filter((mark) => mark !== '');
  const people = room.people === 1 ? '1 person' : `${room.people} people`;
  return [`${plain(room.room)}  ${people} since ${room.startedAt}`, ...marks].join(', ');
}

function personLine({ id, name, isModerator, login, user }: OccupantDescription): string {
  const known = user === undefined ? login : `${login} ${plain(user)}`;
  return `  ${id}  ${plain(name ?? '(no name)')}  ${isModerator ? 'moderator, ' : ''}${known}`;
}

/** People choose their names: nothing in them may command a terminal or pass for another line. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�');
}

if (import.meta.main) {
  const { stdout: output, stderr: errors } = process;
  process.exitCode = await runRoomsCommand(process.argv.slice(2), { output, errors, environment: process.env });
}
