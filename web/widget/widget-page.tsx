import { useMemo } from 'preact/hooks';
import { createMeeting } from '../client/meeting.ts';
import type { Embedder } from '../ui/embed/embedder.ts';
import { t } from '../ui/i18n/messages.ts';
import { RoomPage } from '../ui/room-page.tsx';
import { Farewell } from '../ui/screens/farewell.tsx';
import type { MatrixClient } from './matrix-client.ts';
import type { WidgetParams } from './template-params.ts';
import { MatrixVoucher, NOBODY } from './vouchers.ts';

interface WidgetPageProps {
  params: WidgetParams;
  client: MatrixClient | undefined;
  embedder: Embedder | undefined;
}

/** The one meeting of a Matrix room. */
export function WidgetPage({ params, client, embedder }: WidgetPageProps) {
  const { room, roomId, displayName } = params;
  const voucher = useMemo(() => {
    if (client === undefined || room === undefined || roomId === undefined) return NOBODY;
    return new MatrixVoucher(client, { ...params, room, roomId });
  }, []);
  if (room === undefined) {
    const reason = { code: 'not-allowed', text: t('widget.no-room') } as const;
    return <Farewell reason={reason} onUndo={reload} onRejoin={reload} onStart={toStart} />;
  }
  // Nobody can read what clients call the meeting of a room.
  const title = params.title ?? (roomId === undefined ? room.displayName : t('widget.title'));
  return (
    <RoomPage
      room={{ ...room, displayName: title }}
      path={`/${room.node}`}
      params={displayName === undefined ? {} : { displayName }}
      loginFailure={undefined}
      createMeeting={createMeeting}
      embedding={embedder}
      voucher={voucher}
      onStart={toStart}
    />
  );
}

function reload(): void {
  location.reload();
}

function toStart(): void {
  location.assign('/');
}
