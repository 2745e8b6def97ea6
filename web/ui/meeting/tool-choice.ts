import type { ConfigParams } from '../link/url-params.ts';

/** Jitsi's names of the buttons that we have, which links and embedding pages choose from. */
export type ToolKey =
  | 'microphone'
  | 'camera'
  | 'desktop'
  | 'raisehand'
  | 'reactions'
  | 'tileview'
  | 'invite'
  | 'chat'
  | 'participants-pane'
  | 'hangup'
  | 'fullscreen'
  | 'polls'
  | 'stats'
  | 'security'
  | 'settings'
  | 'shortcuts';

/** Which of the meeting's controls there are on this page, as the link or the page that embeds us chose. */
export interface ToolChoice {
  readonly shows: (key: ToolKey) => boolean;
  readonly showsInfo: boolean;
  /** Whether one sees oneself is this person's choice. */
  readonly offersSelfView: boolean;
  /** Tells of a press. @returns whether we act on it */
  readonly press: (key: ToolKey) => boolean;
}

export const EVERY_TOOL: ToolChoice = {
  shows: () => true,
  showsInfo: true,
  offersSelfView: true,
  press: () => true,
};

/** @param onPress told of buttons that the embedding page wants to know about */
export function toolChoice(
  config: ConfigParams,
  onPress: (key: ToolKey, preventsExecution: boolean) => void,
): ToolChoice {
  const { toolbarButtons, buttonsWithNotifyClick, hidesInfo, disablesSelfViewSettings } = config;
  return {
    shows: (key) => toolbarButtons?.includes(key) ?? true,
    showsInfo: hidesInfo !== true,
    offersSelfView: disablesSelfViewSettings !== true,
    press(key) {
      const wish = buttonsWithNotifyClick?.get(key);
      if (wish === undefined) return true;
      onPress(key, wish.preventsExecution);
      return !wish.preventsExecution;
    },
  };
}

/** What a button does, unless the page that embeds us acts in its place. */
export function whenPressed(choice: () => ToolChoice, key: ToolKey, run: () => void): () => void {
  return () => {
    if (choice().press(key)) run();
  };
}
