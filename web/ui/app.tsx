import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { parseRoomPath, type RoomAddress } from '#protocol/xmpp/room-name.ts';
import type { Meeting, MeetingOptions } from '../client/meeting-types.ts';
import { LocalMedia } from './devices/local-media.ts';
import { type LoginFailure, lookForMember, takeLoginFailure } from './identity/provider-login.ts';
import { roomTitle } from './identity/room-title.ts';
import { takeLinkToken } from './link-token.ts';
import { LazySettings } from './meeting/meeting-page.tsx';
import { RoomPage } from './room-page.tsx';
import { Farewell } from './screens/farewell.tsx';
import { StartPage } from './screens/start.tsx';
import { loadServerConfig, type ServerConfig } from './server-config.ts';
import { loadSettingsDialog } from './settings/load-settings-dialog.ts';
import { parseUrlParams, type UrlParams } from './url-params.ts';

export type CreateMeeting = (options: MeetingOptions) => Meeting;

interface Place {
  readonly room: RoomAddress | undefined;
  readonly params: UrlParams;
  readonly token: string | undefined;
  /** Of a login at the provider. */
  readonly loginFailure: LoginFailure | undefined;
  /** The address names no usable room. */
  readonly problem: string | undefined;
}

function placeOf(page: Location): Place {
  const params = parseUrlParams(page.hash);
  const token = takeLinkToken(page, history);
  const loginFailure = takeLoginFailure(page, history);
  try {
    return { room: parseRoomPath(page.pathname), params, token, loginFailure, problem: undefined };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { room: undefined, params, token, loginFailure, problem: error.message };
  }
}

const place = signal(placeOf(location));

function navigate(path: string): void {
  history.pushState(null, '', path);
  place.value = placeOf(location);
}

/** Start page or one room, by the address. */
export function App({ createMeeting }: { createMeeting: CreateMeeting }) {
  const { room, params, token, loginFailure, problem } = place.value;
  useEffect(() => {
    const follow = () => {
      place.value = placeOf(location);
    };
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, []);
  useEffect(() => {
    document.title = room ? `${roomTitle(room.displayName)} · Parley` : 'Parley';
  }, [room]);

  if (problem !== undefined) {
    return (
      <Farewell
        reason={{ code: 'not-allowed', text: problem }}
        onUndo={() => undefined}
        onRejoin={() => navigate('/')}
        onStart={() => navigate('/')}
      />
    );
  }
  if (!room) return <Start loginFailure={loginFailure} />;
  return (
    <RoomPage
      key={location.pathname}
      room={room}
      params={params}
      token={token}
      loginFailure={loginFailure}
      createMeeting={createMeeting}
      onStart={() => navigate('/')}
    />
  );
}

function Start({ loginFailure }: { loginFailure: LoginFailure | undefined }) {
  const [media, setMedia] = useState<LocalMedia>();
  const [server, setServer] = useState<ServerConfig>();
  useEffect(() => {
    void loadServerConfig(undefined).then((loaded) => {
      setServer(loaded);
      if (loaded.identityProvider) void lookForMember();
    });
  }, []);
  const close = () => {
    media?.close();
    setMedia(undefined);
  };
  return (
    <>
      <StartPage
        navigate={navigate}
        server={server}
        loginFailure={loginFailure}
        onTestDevices={() => {
          const created = new LocalMedia();
          void created.start().then(() => created.open());
          setMedia(created);
        }}
      />
      {media && <LazySettings load={loadSettingsDialog} media={media} initialTab="sound" onClose={close} />}
    </>
  );
}
