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
  readonly showsSubject: boolean;
  readonly showsTimer: boolean;
  /** How many people there are, beside subject and duration. */
  readonly showsCount: boolean;
  /** Whether one sees oneself is this person's choice. */
  readonly offersSelfView: boolean;
  readonly offersName: boolean;
  readonly offersKick: boolean;
  readonly offersGrantModerator: boolean;
  /** Tells of a press. @returns whether we act on it */
  readonly press: (key: ToolKey) => boolean;
}

export const EVERY_TOOL: ToolChoice = {
  shows: () => true,
  showsSubject: true,
  showsTimer: true,
  showsCount: true,
  offersSelfView: true,
  offersName: true,
  offersKick: true,
  offersGrantModerator: true,
  press: () => true,
};

/** @param onPress told of buttons that the embedding page wants to know about */
export function toolChoice(
  config: ConfigParams,
  onPress: (key: ToolKey, preventsExecution: boolean) => void,
): ToolChoice {
  const { toolbarButtons, absentButtons, buttonsWithNotifyClick } = config;
  const showsInfo = config.hidesInfo !== true;
  return {
    shows: (key) => (toolbarButtons?.includes(key) ?? true) && absentButtons?.includes(key) !== true,
    showsSubject: showsInfo && config.hidesSubject !== true,
    showsTimer: showsInfo && config.hidesTimer !== true,
    showsCount: showsInfo,
    offersSelfView: config.disablesSelfViewSettings !== true,
    offersName: config.fixesName !== true,
    offersKick: config.hidesKick !== true,
    offersGrantModerator: config.hidesGrantModerator !== true,
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
