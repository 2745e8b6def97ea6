import { useEffect, useState } from 'preact/hooks';
import type { Meeting, MeetingOptions } from '../client/meeting-types.ts';
import { LocalMedia } from './devices/local-media.ts';
import type { Embedder } from './embed/embedder.ts';
import { type LoginFailure, lookForMember } from './identity/provider-login.ts';
import { roomTitle } from '#protocol/xmpp/room-title.ts';
import type { PageAddress } from './place.ts';
import { RoomPage } from './room-page.tsx';
import { Farewell } from './screens/farewell.tsx';
import { StartPage } from './screens/lazy-start.ts';
import { loadServerConfig, type ServerConfig } from './server-config.ts';
import { SettingsDialog } from './settings/lazy-settings.ts';

export type CreateMeeting = (options: MeetingOptions) => Meeting;

interface AppProps {
  address: PageAddress;
  createMeeting: CreateMeeting;
  /** The page that embeds us, if one does and speaks with us. */
  embedding: Embedder | undefined;
}

/** Start page or one room, by the address. */
export function App({ address, createMeeting, embedding }: AppProps) {
  const { navigate } = address;
  const { room, params, loginFailure, problem } = address.place.value;
  useEffect(address.follow, [address]);
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
  if (!room) return <Start navigate={navigate} loginFailure={loginFailure} />;
  return (
    <RoomPage
      key={location.pathname}
      room={room}
      path={location.pathname}
      params={params}
      loginFailure={loginFailure}
      createMeeting={createMeeting}
      embedding={embedding}
      onStart={() => navigate('/')}
    />
  );
}

interface StartProps {
  navigate: (path: string) => void;
  loginFailure: LoginFailure | undefined;
}

function Start({ navigate, loginFailure }: StartProps) {
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
      {media && <SettingsDialog media={media} initialTab="sound" onClose={close} />}
    </>
  );
}
