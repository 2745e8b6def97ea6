import { widgetContent, widgetTemplate } from '../../signalling/identity/matrix/widget-description.ts';

/** What snippets are made of. */
export interface SnippetFacts {
  /** `https://meet.example`, without a slash at the end. */
  readonly publicUrl: string;
  /** Server names of the homeservers. */
  readonly homeservers: readonly string[];
  /** `matrix.widgetUrl`, without a slash at the end, and `matrix.widgetName`; undefined: there is no native widget. */
  readonly widget: { readonly url: string; readonly name: string } | undefined;
  /** Undefined: no relay runs here. */
  readonly turn:
    | { readonly host: string; readonly port: number; readonly tlsPort: number | undefined; readonly secret: string }
    | undefined;
}

/** One thing to paste. */
export interface Snippet {
  readonly title: string;
  /** File or place, and what to mind there. */
  readonly where: string;
  readonly text: string;
}

const TURN_LIFETIME = '1h';

/** All that the administrator of a Matrix installation has to paste so that calls come here (matrix note §0, §4.5, §6). */
export function matrixSnippets(facts: SnippetFacts): Snippet[] {
  const { host: domain } = new URL(facts.publicUrl);
  const [homeserver = 'example.org'] = facts.homeservers;
  return [
    {
      title: 'Element Web and Desktop',
      where: 'config.json of Element: merge. element_call is optional: then this is the only kind of call in rooms.',
      text: json({ jitsi: { preferred_domain: domain }, element_call: { disable: true } }),
    },
    {
      title: 'All clients of a homeserver',
      where: `https://${homeserver}/.well-known/matrix/client: merge; it must come with Access-Control-Allow-Origin: *`,
      text: json({
        'io.element.jitsi': { preferredDomain: domain },
        'im.vector.riot.jitsi': { preferredDomain: domain },
      }),
    },
    {
      title: 'This server, as clients see it',
      where: `answers already at ${facts.publicUrl}/.well-known/element/jitsi while matrix.enabled is set; behind a proxy, pass that path on`,
      text: json({ auth: 'openidtoken-jwt' }),
    },
    ...(facts.turn === undefined ? [] : turnSnippets(facts.turn)),
    {
      title: 'Synapse: who is who',
      where:
        'homeserver.yaml: the port of matrix.homeservers[].baseUrl must also serve openid. Then no open federation port is needed.',
      text: [
        'listeners:',
        '  - port: 8008',
        '    type: http',
        '    tls: false',
        '    x_forwarded: true',
        '    resources:',
        '      - names: [client, openid]',
      ].join('\n'),
    },
    {
      title: 'Parley: who is in which room',
      where:
        'parley.yaml; the token is that of a Synapse administrator, or botToken of any account that is invited into the rooms',
      text: [
        'matrix:',
        '  enabled: true',
        '  homeservers:',
        ...(facts.homeservers.length === 0 ? [homeserver] : facts.homeservers).flatMap((name) => [
          `    - serverName: ${quoted(name)}`,
          `      baseUrl: ${quoted(`https://matrix.${name.replace(/:\d+$/, '')}`)}`,
          '      adminTokenFile: /etc/parley/synapse-admin-token',
        ]),
      ].join('\n'),
    },
    {
      title: 'Dimension and other integration managers',
      where:
        'Admin, Widgets, Jitsi: domain, script, and “use as default domain”. Such users bring no token, so they are guests.',
      text: [`Jitsi domain: ${domain}`, `Script URL:   ${facts.publicUrl}/libs/external_api.min.js`].join('\n'),
    },
    {
      title: 'One room, by hand',
      where: 'typed into the room by somebody who may add widgets. Whoever opens it brings no token and is a guest.',
      text: `/addwidget ${facts.publicUrl}/NAME`,
    },
    {
      title: 'One room, by script',
      where:
        'BASE: the homeserver’s address; TOKEN: a moderator’s; ROOM_ID: the room’s id; ROOM: the same, percent-encoded.',
      text: widgetCommand(domain),
    },
    ...(facts.widget === undefined ? [] : nativeSnippets(facts.publicUrl, facts.widget, homeserver)),
  ];
}

function turnSnippets({ host, port, tlsPort, secret }: NonNullable<SnippetFacts['turn']>): Snippet[] {
  const at = host.includes(':') ? `[${host}]` : host;
  const uris = [
    `turn:${at}:${port}?transport=udp`,
    `turn:${at}:${port}?transport=tcp`,
    ...(tlsPort === undefined ? [] : [`turns:${at}:${tlsPort}?transport=tcp`]),
  ];
  return [
    {
      title: 'Synapse: the relay for calls of two',
      where: 'homeserver.yaml',
      text: [
        'turn_uris:',
        ...uris.map((uri) => `  - ${quoted(uri)}`),
        `turn_shared_secret: ${quoted(secret)}`,
        `turn_user_lifetime: ${TURN_LIFETIME}`,
        'turn_allow_guests: false',
      ].join('\n'),
    },
    {
      title: 'Dendrite: the same',
      where: 'dendrite.yaml',
      text: [
        'client_api:',
        '  turn:',
        `    turn_user_lifetime: ${quoted(TURN_LIFETIME)}`,
        '    turn_uris:',
        ...uris.map((uri) => `      - ${quoted(uri)}`),
        `    turn_shared_secret: ${quoted(secret)}`,
      ].join('\n'),
    },
  ];
}

/** The event that Element itself writes (matrix note §4.1); clients that know the type look at `data`. */
function widgetCommand(domain: string): string {
  const id = 'parley';
  const event = {
    type: 'jitsi',
    id,
    name: 'Jitsi',
    // For clients that do not know the type: the wrapper of a public Element.
    url: 'https://app.element.io/jitsi.html#conferenceDomain=$domain&conferenceId=$conferenceId&auth=openidtoken-jwt',
    data: { domain, conferenceId: 'CONFERENCE', auth: 'openidtoken-jwt', isAudioOnly: false },
  };
  return [
    '# CONFERENCE: the room’s id in Base32 (RFC 4648), without padding',
    'CONFERENCE=$(printf %s "$ROOM_ID" | base32 -w0 | tr -d =)',
    `sed "s/CONFERENCE/$CONFERENCE/" <<'EVENT' | curl -X PUT -H "Authorization: Bearer $TOKEN" -d @- \\`,
    `  "$BASE/_matrix/client/v3/rooms/$ROOM/state/im.vector.modular.widgets/${id}"`,
    JSON.stringify(event),
    'EVENT',
  ].join('\n');
}

/** Our own widget, which needs nothing of Jitsi's (matrix note §3, §4.4). */
function nativeSnippets(publicUrl: string, widget: NonNullable<SnippetFacts['widget']>, homeserver: string): Snippet[] {
  const buildUrl = `${publicUrl}/matrix/widget`;
  const id = 'parley-native';
  const content = widgetContent(widget, { title: widget.name });
  return [
    {
      title: 'Native widget: the call button of Element Web',
      where: 'config.json of Element: merge, in place of jitsi above',
      text: json({ widget_build_url: buildUrl }),
    },
    {
      title: 'Native widget: the call button of all clients of a homeserver',
      where: `https://${homeserver}/.well-known/matrix/client: merge. ignore_dm leaves calls of two to Matrix.`,
      text: json({ 'io.element.call_behaviour': { widget_build_url: buildUrl, ignore_dm: true } }),
    },
    {
      title: 'Native widget: one room, by hand',
      where: 'typed into the room by somebody who may add widgets. People of the room come in as who they are.',
      text: `/addwidget ${widgetTemplate(widget.url)}`,
    },
    {
      title: 'Native widget: one room, by script',
      where: 'BASE: the homeserver’s address; TOKEN: a moderator’s; ROOM: the room’s id, percent-encoded.',
      text: [
        `curl -X PUT -H "Authorization: Bearer $TOKEN" -d @- \\`,
        `  "$BASE/_matrix/client/v3/rooms/$ROOM/state/im.vector.modular.widgets/${id}" <<'EVENT'`,
        JSON.stringify({ ...content, id }),
        'EVENT',
      ].join('\n'),
    },
  ];
}

/** For YAML: JSON's strings are strings there. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function json(value: object): string {
  return JSON.stringify(value, null, 2);
}
